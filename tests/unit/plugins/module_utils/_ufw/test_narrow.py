# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about source ports, destinations and membership in ufw's files, and read back from them."""

from __future__ import annotations

import ipaddress
import os
import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import Rule, parse_rules
from ansible_collections.printops.firewall.plugins.module_utils._ufw.files import (
    parse,
    read_rule,
    render_rules,
)
from ansible_collections.printops.firewall.plugins.module_utils._ufw.placement import place
from ansible_collections.printops.firewall.tests.unit.plugins.module_utils.narrow_rules import (
    GOLDEN,
    Packet,
    accepted,
    inside,
    narrow_rules,
    packets,
)

FOLDER = pathlib.Path(__file__).resolve().parents[4] / "golden" / "ufw"
NAMES = {4: "user.rules", 6: "user6.rules"}


def written(rules: list[Rule], *, version: int) -> str:
    template = (FOLDER / f"template-{NAMES[version]}").read_text(encoding="latin-1")
    ours = [one for way in ("in", "out") for one in render_rules(rules, version=version, direction=way)]
    return place(parse(template), ours, version=version).file.render()


def lets_in(line: str, packet: Packet) -> bool:
    """Whether a line of iptables accepts the packet; knows the options that ours have, and no others."""
    words = line.split()
    options: dict[str, str] = {}
    for name, value in zip(words[::2], words[1::2], strict=True):
        if name != "-m":
            assert name not in options
            options[name] = value
    chain, target, protocol = options.pop("-A"), options.pop("-j"), options.pop("-p")
    assert target == "ACCEPT"
    to_ports = options.pop("--dports", None) or options.pop("--dport", None)
    from_ports = options.pop("--sports", None) or options.pop("--sport", None)
    source, destination = options.pop("-s", None), options.pop("-d", None)
    assert not options
    return (
        chain in ("ufw-user-input", "ufw6-user-input")
        and protocol == packet.protocol
        and (source is None or inside(packet.source, [source]))
        and (destination is None or inside(packet.destination, [destination]))
        and (to_ports is None or is_one_of(to_ports, packet.port))
        and (from_ports is None or is_one_of(from_ports, packet.source_port))
    )


def is_one_of(listed: str, number: int) -> bool:
    spans = [[int(end) for end in text.split(":")] for text in listed.split(",")]
    return any(span[0] <= number <= span[-1] for span in spans)


@given(rules=st.lists(narrow_rules(), max_size=4), packet=packets())
def test_a_packet_comes_in_exactly_where_a_rule_says_so(rules: list[Rule], packet: Packet) -> None:
    """But for MLD, which is in ufw's own before6.rules."""
    version = ipaddress.ip_address(packet.source).version
    lines = [line for line in written(rules, version=version).splitlines() if "-user-input -p" in line]
    expected = accepted(rules, packet) and (packet.protocol, version) != ("igmp", 6)
    assert any(lets_in(line, packet) for line in lines) == expected


@given(rules=st.lists(st.one_of(narrow_rules(), narrow_rules(direction="out")), max_size=5), packet=packets())
def test_what_is_written_reads_back(rules: list[Rule], packet: Packet) -> None:
    version = ipaddress.ip_address(packet.source).version
    own = parse(written(rules, version=version)).own
    assert own == [one for way in ("in", "out") for one in render_rules(rules, version=version, direction=way)]
    read = [rule for one in own if (rule := read_rule(one))]
    expected = accepted(rules, packet) and (packet.protocol, version) != ("igmp", 6)
    assert accepted(read, packet) == expected


@pytest.mark.parametrize("version", [4, 6])
def test_golden_files(version: int) -> None:
    text = written(list(parse_rules(GOLDEN)), version=version)
    path = FOLDER / f"travels-{NAMES[version]}.expected"
    if os.environ.get("PRINTOPS_UPDATE_GOLDEN"):
        path.write_text(text, encoding="latin-1")
    assert text == path.read_text(encoding="latin-1")
