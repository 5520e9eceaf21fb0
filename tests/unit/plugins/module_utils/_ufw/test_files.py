# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules files: read and written to the byte, and what is written against the rules by a small interpreter."""

from __future__ import annotations

import ipaddress
import os
import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.module_utils._rules.management import (
    MANAGEMENT_FLOW,
    management_rules,
)
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    PortRange,
    Rule,
    RuleError,
    parse_rules,
)
from ansible_collections.printops.firewall.plugins.module_utils._ufw.files import (
    MAX_PORTS,
    OWNER,
    UfwFileError,
    UfwRule,
    describe,
    entry_of,
    kernel_line,
    parse,
    read_rule,
    render_rules,
)
from ansible_collections.printops.firewall.plugins.module_utils._ufw.placement import place

GOLDEN = pathlib.Path(__file__).resolve().parents[4] / "golden" / "ufw"
NAMES = {4: "user.rules", 6: "user6.rules"}

PLAN = [
    {
        "direction": "in",
        "protocol": "tcp",
        "ports": ["5014-5019", "443", "80"],
        "remotes": ["10.1.0.0/24", "10.2.0.7", "2001:db8:1::/48", "2001:db8::7"],
        "flows": ["safeq6/terminal-server/1", "safeq6/terminal-server/2"],
    },
    {"direction": "in", "protocol": "udp", "ports": ["161"], "remotes": ["0.0.0.0/0", "::/0"], "flows": ["lrs/vspa/1"]},
    {
        "direction": "in",
        "protocol": "tcp",
        "ports": [*(str(port) for port in range(9001, 9015)), "9100-9102", "9200"],
        "remotes": ["10.3.0.0/16"],
        "flows": ["safeq6/mfd/3"],
    },
    {"direction": "out", "protocol": "tcp", "ports": ["1433"], "remotes": ["10.4.0.1"], "flows": ["safeq6/ims/1"]},
]

SOURCES = [f"10.0.{third}.{last}" for third in range(3) for last in range(3)] + [
    "203.0.113.9",
    "2001:db8::1",
    "fe80::2",
]
NETWORKS = [
    *(ipaddress.ip_network((source, prefix), strict=False) for source in SOURCES[:10] for prefix in (0, 8, 23, 32)),
    *(ipaddress.ip_network((source, prefix), strict=False) for source in SOURCES[10:] for prefix in (0, 64, 128)),
]
ports = st.tuples(st.integers(1, 40), st.integers(1, 40)).map(lambda pair: PortRange(*sorted(pair)))
rules = st.builds(
    Rule,
    direction=st.sampled_from(["in", "in", "out"]),
    protocol=st.sampled_from(["tcp", "udp"]),
    ports=st.lists(ports, min_size=1, max_size=25).map(tuple),
    icmp_types=st.just(()),
    remotes=st.lists(st.sampled_from(NETWORKS), min_size=1, max_size=4).map(tuple),
    flows=st.lists(st.builds("safeq6/{}/{}".format, st.sampled_from("ab"), st.integers(1, 9)), max_size=3).map(tuple),
    source_ports=st.just(()),
    destinations=st.just(()),
)
plans = st.lists(rules, max_size=6)


def golden(name: str) -> str:
    return (GOLDEN / name).read_bytes().decode("latin-1")


def written(plan: list[Rule], *, version: int) -> str:
    """Our rules alone, in a file as the package ships it."""
    empty = parse(golden(f"template-{NAMES[version]}"))
    return place(empty, render_rules(plan, version=version), version=version).file.render()


def opens(line: str, *, protocol: str, port: int, source: str) -> bool:
    """Whether a rule line of iptables accepts a packet; knows the options that ours have, and no others."""
    words = line.split()
    options = dict(zip(words[::2], words[1::2], strict=True))
    assert options.pop("-A") in ("ufw-user-input", "ufw6-user-input")
    assert options.pop("-j") == "ACCEPT"
    multiport = options.pop("-m", None) == "multiport"
    listed = options.pop("--dports" if multiport else "--dport").split(",")
    network = ipaddress.ip_network(options.pop("-s", "::/0" if ":" in source else "0.0.0.0/0"))
    same_protocol = options.pop("-p") == protocol
    assert not options
    spans = [[int(end) for end in text.split(":")] for text in listed]
    assert sum(map(len, spans)) <= MAX_PORTS
    inside = any(span[0] <= port <= span[-1] for span in spans)
    return same_protocol and inside and ipaddress.ip_address(source) in network


def wanted(plan: list[Rule], *, protocol: str, port: int, source: str) -> bool:
    return any(
        rule.direction == "in"
        and rule.protocol == protocol
        and any(span.first <= port <= span.last for span in rule.ports)
        and any(ipaddress.ip_address(source) in remote for remote in rule.remotes)
        for rule in plan
    )


@given(plans, st.sampled_from(["tcp", "udp"]), st.integers(1, 41), st.sampled_from(SOURCES))
def test_a_packet_is_accepted_exactly_where_a_rule_says_so(
    plan: list[Rule], protocol: str, port: int, source: str
) -> None:
    version = ipaddress.ip_address(source).version
    lines = [line for line in written(plan, version=version).splitlines() if "-user-input -p" in line]
    accepted = any(opens(line, protocol=protocol, port=port, source=source) for line in lines)
    assert accepted == wanted(plan, protocol=protocol, port=port, source=source)


@given(plans, st.sampled_from([4, 6]))
def test_what_is_written_reads_back(plan: list[Rule], version: int) -> None:
    expected = render_rules(plan, version=version)
    assert parse(written(plan, version=version)).own == expected
    assert len({rule.key for rule in expected}) == len(expected)


@given(plans, st.sampled_from([4, 6]))
def test_a_tuple_has_no_more_ports_than_ufw_takes(plan: list[Rule], version: int) -> None:
    for rule in render_rules(plan, version=version):
        assert rule.ports.count(",") + rule.ports.count(":") <= 14


@given(plans)
def test_the_same_plan_gives_the_same_bytes(plan: list[Rule]) -> None:
    assert written(plan, version=4) == written([*plan, *plan], version=4)


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("kind", ["template", "foreign"])
def test_golden_files(kind: str, version: int) -> None:
    plan = [*management_rules(networks=["192.0.2.0/28", "2001:db8:9::/64"], connection=None), *parse_rules(PLAN)]
    before = parse(golden(f"{kind}-{NAMES[version]}"))
    text = place(before, render_rules(plan, version=version), version=version).file.render()
    path = GOLDEN / f"{kind}-{NAMES[version]}.expected"
    if os.environ.get("PRINTOPS_UPDATE_GOLDEN"):
        path.write_bytes(text.encode("latin-1"))
    assert text == golden(path.name)


@pytest.mark.parametrize("name", [f"{kind}-{name}" for kind in ("template", "foreign") for name in NAMES.values()])
def test_files_of_real_hosts_are_kept_to_the_byte(name: str) -> None:
    assert parse(golden(name)).render() == golden(name)


def test_the_rules_of_a_real_file_are_read() -> None:
    deny, allow, log, limit, iface, route, application, out = parse(golden("foreign-user.rules")).foreign
    assert (deny.action, deny.ports, deny.source) == ("deny", "443", "203.0.113.7")
    assert (allow.ports, allow.source, allow.comment, allow.allows) == ("9100", "0.0.0.0/0", "ünï", True)
    assert (log.action, log.protocol, log.ports, log.allows) == ("deny_log", "any", "any", False)
    assert (limit.action, limit.allows, limit.is_input) == ("limit", False, True)
    assert (iface.interfaces, iface.is_input) == ("in_host0", True)
    assert (route.action, route.interfaces, route.is_input) == ("route:allow", "in_host0!out_host0", False)
    assert (application.source_ports, application.applications) == ("80", ("-", "WWW"))
    assert (out.action, out.interfaces, out.is_input) == ("reject", "out", False)


@given(st.text(alphabet="#- \nabcA:\x00\xff", max_size=60), st.text(alphabet="#- \nabcA:\x00\xff", max_size=60))
def test_any_text_with_rules_in_it_is_kept_to_the_byte(middle: str, tail: str) -> None:
    text = f"*filter\n### RULES ###\n{middle}\n### END RULES ###\n{tail}"
    assert parse(text).render() == text


@pytest.mark.parametrize("text", ["", "*filter\nCOMMIT\n", "# ### RULES ###\n"])
def test_a_file_without_rules_is_refused(text: str) -> None:
    with pytest.raises(UfwFileError, match="no line '### RULES ###' in it, so ufw did not write it"):
        parse(text)


@pytest.mark.parametrize(
    "line",
    [
        "### tuple ### allow tcp 443",
        "### tuple ### allow tcp 443 0.0.0.0/0 any 10.0.0.0/8 a b in x",
        "### tuple ###",
        "### tuple",
    ],
)
def test_a_tuple_that_ufw_would_skip_is_kept_as_a_foreign_line(line: str) -> None:
    text = f"### RULES ###\n\n{line}\n-A ufw-user-input -j DROP\n\n### END RULES ###\n"
    file = parse(text)
    assert (file.render(), file.foreign, file.own) == (text, [], [])


def test_the_old_tuple_without_a_direction_is_about_input() -> None:
    (rule,) = parse("### RULES ###\n### tuple ### allow tcp 22 0.0.0.0/0 any 10.0.0.0/8\n### END RULES ###\n").foreign
    assert (rule.interfaces, rule.is_input) == ("in", True)


def test_a_comment_that_is_no_hex_makes_a_foreign_rule() -> None:
    text = "### RULES ###\n\n### tuple ### allow tcp 22 0.0.0.0/0 any 10.0.0.1 in comment=zz\n\n### END RULES ###\n"
    (rule,) = parse(text).foreign
    assert rule.comment == ""


def test_a_line_that_was_added_under_a_rule_of_ours_is_foreign() -> None:
    (rule,) = render_rules(parse_rules(PLAN[1:2]), version=4)
    added = "-A ufw-user-input -s 10.9.9.9 -j DROP\n"
    file = parse(f"### RULES ###\n{entry_of(rule, version=4).text}{added}\n### END RULES ###\n")
    assert [entry.text for entry in file.entries if not entry.is_own] == [added]


@pytest.mark.parametrize(
    ("port_texts", "expected"),
    [
        (["443"], ["443"]),
        (["443", "80", "443"], ["80,443"]),
        (["5014-5019"], ["5014:5019"]),
        (["80-90", "80"], ["80,80:90"]),
        ([str(port) for port in range(1, 16)], [",".join(map(str, range(1, 16)))]),
        ([str(port) for port in range(1, 17)], [",".join(map(str, range(1, 16))), "16"]),
        (
            ["1-2", "4-5", "7-8", "10-11", "13-14", "16-17", "19-20", "22-23"],
            ["1:2,4:5,7:8,10:11,13:14,16:17,19:20", "22:23"],
        ),
    ],
)
def test_ports_are_cut_where_iptables_needs_it(port_texts: list[str], expected: list[str]) -> None:
    plan = parse_rules([{**PLAN[1], "ports": port_texts, "remotes": ["10.0.0.1"]}])
    assert [rule.ports for rule in render_rules(plan, version=4)] == expected


def test_rules_for_the_same_packets_become_one_that_names_all_flows() -> None:
    twice = [{**PLAN[1], "flows": ["lrs/vspa/2"]}, {**PLAN[1], "flows": ["lrs/vspa/1"]}]
    (rule,) = render_rules(parse_rules(twice), version=4)
    assert rule.comment == f"{OWNER}lrs/vspa/1-2"


@pytest.mark.parametrize(
    ("remote", "written_as", "in_kernel"),
    [
        ("10.0.0.1", "10.0.0.1", " -s 10.0.0.1/32"),
        ("10.0.0.0/8", "10.0.0.0/8", " -s 10.0.0.0/8"),
        ("0.0.0.0/0", "0.0.0.0/0", ""),
        ("2001:DB8:0::1", "2001:db8::1", " -s 2001:db8::1/128"),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1", " -s ::ffff:10.0.0.1/128"),
        ("::/0", "::/0", ""),
    ],
)
def test_addresses_are_written_as_ufw_and_iptables_write_them(remote: str, written_as: str, in_kernel: str) -> None:
    version = 6 if ":" in remote else 4
    (rule,) = render_rules(parse_rules([{**PLAN[1], "remotes": [remote]}]), version=version)
    chain = "ufw-user-input" if version == 4 else "ufw6-user-input"
    assert rule.source == written_as
    assert kernel_line(rule, version=version) == f"-A {chain}{in_kernel} -p udp -m udp --dport 161 -j ACCEPT"


@given(rules)
def test_a_rule_is_described_in_the_words_of_the_plan(rule: Rule) -> None:
    few = Rule("in", rule.protocol, tuple(sorted(set(rule.ports)))[:7], (), (rule.remotes[0],), rule.flows)
    (written_rule,) = render_rules([few], version=few.remotes[0].version)
    assert describe(written_rule) == few.lines()


def test_a_rule_of_ours_that_someone_changed_is_described_all_the_same() -> None:
    odd = UfwRule("deny", "any", "any", "0.0.0.0/0", "any", "10.0.0.0/8", "in_eth0", comment=f"{OWNER}a/b/1")
    assert describe(odd) == ["deny in_eth0 any from 10.0.0.0/8 [a/b/1]"]


@pytest.mark.parametrize("action", ["deny", "reject", "limit"])
def test_a_rule_of_ours_that_no_longer_accepts_is_none_of_the_plan(action: str) -> None:
    (rule,) = render_rules(parse_rules(PLAN[1:2]), version=4)
    changed = rule._replace(action=action)
    with pytest.raises(RuleError, match=f"the action is {action}"):
        read_rule(changed)
    assert describe(changed)[0].startswith(f"{action} in ")


def test_the_management_rule_is_known_by_its_flow() -> None:
    (rule,) = render_rules(management_rules(networks=["192.0.2.0/28"], connection=None), version=4)
    assert rule.is_management
    assert rule.comment == f"{OWNER}{MANAGEMENT_FLOW}"
    (other,) = render_rules(parse_rules(PLAN[1:2]), version=4)
    assert not other.is_management
