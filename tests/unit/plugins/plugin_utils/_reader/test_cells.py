# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cells of ports and of protocols say, and what they leave open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._reader.cells import read_ports, read_protocols

PLAIN = {
    "443": ["443"],
    "80/443": ["80", "443"],
    "80, 443, 8080": ["80", "443", "8080"],
    "9100–9102": ["9100-9102"],
    "9100 - 9102": ["9100-9102"],
    "9100 to 9102": ["9100-9102"],
    "5014-5019; 5022": ["5014-5019", "5022"],
    ">1023": ["1024-65535"],
    ">= 1024": ["1024-65535"],
    "1024+": ["1024-65535"],
    "1024 and above": ["1024-65535"],
    "Ports 80 and 443": ["80", "443"],
    "443[1]": ["443"],
    "443*": ["443"],
    "443 \u00b9": ["443"],
    "9696/900 2": ["9696", "9002"],
    "91 00": ["9100"],
    "\uff14\uff14\uff13": ["443"],
}
LEFT_OPEN = ["any", "*", "ephemeral", "User defined", "Device-dependent", "see description", "configurable", "dynamic"]
ASKED = [
    "443 / 9443 3443",
    "443 80",
    "5432 (External) / 5433 (Embedded)",
    "HTTPS + AMQP",
    "0100",
    "JJ01",
    "70000",
    "0",
    "5-3",
]


@pytest.mark.parametrize("text", PLAIN)
def test_ports_that_are_plain(text: str) -> None:
    cell = read_ports(text)
    assert list(map(str, cell.ports)) == PLAIN[text]
    assert (cell.words, cell.question) == ("", "")


@pytest.mark.parametrize("text", ["", "n/a", "N/A", "-", "–", "none"])
def test_a_cell_without_ports_asks_nothing(text: str) -> None:
    assert read_ports(text) == read_ports("")


@pytest.mark.parametrize("text", [*LEFT_OPEN, *ASKED])
def test_what_is_no_plain_port_is_asked_in_its_own_words(text: str) -> None:
    assert repr(text) in read_ports(text).question


def test_a_default_that_can_be_moved_is_told_with_its_port() -> None:
    cell = read_ports("default 5555 (configurable)")
    assert (list(map(str, cell.ports)), cell.movable) == (["5555"], True)
    assert "can be moved" in cell.question


@pytest.mark.parametrize("text", ["137/138 (UDP)", "udp 137/138", "137/138 UDP"])
def test_protocols_in_a_cell_of_ports(text: str) -> None:
    cell = read_ports(text)
    assert (list(map(str, cell.ports)), cell.protocols, cell.question) == (["137", "138"], ("udp",), "")


@pytest.mark.parametrize(
    ("text", "protocols"),
    [
        ("TCP", ("tcp",)),
        ("TC P", ("tcp",)),
        ("t\u00adcp", ("tcp",)),
        ("\u0422\u0421\u0420", ("tcp",)),
        ("TCP/IP", ("tcp",)),
        ("TCP/UDP", ("tcp", "udp")),
        ("tcp, udp", ("tcp", "udp")),
        ("TCP and UDP", ("tcp", "udp")),
        ("ICMP", ("icmp",)),
        ("", ()),
    ],
)
def test_protocols(text: str, protocols: tuple[str, ...]) -> None:
    assert read_protocols(text) == (protocols, "")


@pytest.mark.parametrize("text", ["TCF", "1100", "SMTP", "HTTP", "UDP Multicast"])
def test_what_is_no_clear_protocol_is_asked(text: str) -> None:
    assert repr(text) in read_protocols(text).question


@given(
    st.lists(st.integers(1, 65535), min_size=1, max_size=5, unique=True),
    st.sampled_from([", ", "/", ",", " / ", "; ", ",\n"]),
)
def test_every_list_of_ports_is_read_as_it_is(ports: list[int], separator: str) -> None:
    cell = read_ports(separator.join(map(str, ports)))
    assert [port.first for port in cell.ports] == ports
    assert cell.question == ""


@given(st.text(max_size=40))
def test_no_text_is_an_error_and_none_opens_what_it_does_not_print(text: str) -> None:
    cell = read_ports(text)
    assert cell.question or not cell.words
    assert all(1 <= port.first <= port.last <= 65535 for port in cell.ports)
    read_protocols(text)
