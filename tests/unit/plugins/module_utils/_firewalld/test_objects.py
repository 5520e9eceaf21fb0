# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rendered objects against the rules: by a small interpreter of firewalld's files, and by reading them back."""

from __future__ import annotations

import ipaddress
import os
import pathlib
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.module_utils._firewalld.objects import (
    LITERAL_REMOTES,
    OUT_POLICY_FILE,
    POLICY_FILE,
    Objects,
    is_ours,
    normalize,
    render,
)
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.read import (
    config_faults,
    lines,
    parse_objects,
)
from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import Egress
from ansible_collections.printops.firewall.plugins.module_utils._rules.management import management_rules
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    PortRange,
    Rule,
    RuleError,
    compact_flows,
    expand_flows,
    parse_rules,
)

GOLDEN = pathlib.Path(__file__).resolve().parents[4] / "golden" / "firewalld"

ADDRESSES = [
    *(ipaddress.ip_address(f"10.0.{third}.{last}") for third in range(4) for last in (0, 1, 2, 3)),
    *(ipaddress.ip_address(f"2001:db8:0:{third}::{last}") for third in range(3) for last in (0, 1, 2)),
    ipaddress.ip_address("203.0.113.9"),
]
NETWORKS = [
    *(
        ipaddress.ip_network((address, prefix), strict=False)
        for address in ADDRESSES[:16]
        for prefix in (8, 23, 24, 32)
    ),
    *(
        ipaddress.ip_network((address, prefix), strict=False)
        for address in ADDRESSES[16:25]
        for prefix in (32, 64, 128)
    ),
    ipaddress.ip_network("0.0.0.0/0"),
    ipaddress.ip_network("::/0"),
]
PORTS = range(1, 13)

port_ranges = st.tuples(st.sampled_from(PORTS), st.sampled_from(PORTS)).map(lambda pair: PortRange(*sorted(pair)))
flow_ids = st.builds("{}/{}/{}".format, st.sampled_from(["safeq6", "lrs"]), st.sampled_from("ab"), st.integers(1, 9))
remotes = st.lists(st.sampled_from(NETWORKS), min_size=1, max_size=20).map(tuple)
flows = st.lists(flow_ids, max_size=5).map(tuple)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    protocol = draw(st.sampled_from(["tcp", "udp", "icmp"]))
    ports = () if protocol == "icmp" else tuple(draw(st.lists(port_ranges, min_size=1, max_size=4)))
    icmp_types = ("echo-request",) if protocol == "icmp" else ()
    direction = draw(st.sampled_from(["in", "in", "in", "out"]))
    return Rule(direction, protocol, ports, icmp_types, draw(remotes), draw(flows))


def says_yes(given_rules: list[Rule], *, protocol: str, port: int, source: ipaddress.IPv4Address) -> bool:
    return any(
        rule.direction == "in"
        and rule.protocol == protocol
        and (protocol == "icmp" or any(ports.first <= port <= ports.last for ports in rule.ports))
        and any(source in network for network in rule.remotes)
        for rule in given_rules
    )


def accepts(objects: Objects, *, protocol: str, port: int, source: ipaddress.IPv4Address) -> bool:
    """What firewalld does with a packet to the host, by the manual pages of policies, services and ipsets."""
    policy = parse_xml(objects.files[POLICY_FILE])
    assert policy.attrib["target"] == "CONTINUE"
    for rule in policy.findall("rule"):
        if rule.attrib["family"] != f"ipv{source.version}" or rule.find("accept") is None:
            continue
        if source_matches(rule.find("source"), objects=objects, source=source) and element_matches(
            rule, objects=objects, protocol=protocol, port=port
        ):
            return True
    return False


def parse_xml(content: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(content)  # noqa: S314 - we wrote it


def source_matches(element: ElementTree.Element | None, *, objects: Objects, source: ipaddress.IPv4Address) -> bool:
    if element is None:
        return True
    if "address" in element.attrib:
        return source in ipaddress.ip_network(element.attrib["address"])
    ipset = parse_xml(objects.files[f"ipsets/{element.attrib['ipset']}.xml"])
    family = {option.attrib["name"]: option.attrib["value"] for option in ipset.findall("option")}.get("family", "inet")
    assert family == {4: "inet", 6: "inet6"}[source.version]
    return any(source in ipaddress.ip_network(entry.text or "") for entry in ipset.findall("entry"))


def element_matches(rule: ElementTree.Element, *, objects: Objects, protocol: str, port: int) -> bool:
    if rule.find("icmp-type") is not None:
        return protocol == "icmp"
    ports = rule.findall("port")
    for service in rule.findall("service"):
        ports += parse_xml(objects.files[f"services/{service.attrib['name']}.xml"]).findall("port")
    assert ports
    for element in ports:
        first, _dash, last = element.attrib["port"].partition("-")
        if element.attrib["protocol"] == protocol and int(first) <= port <= int(last or first):
            return True
    return False


@given(given_rules=st.lists(rules(), max_size=6))
def test_accepts_exactly_what_the_rules_say(given_rules: list[Rule]) -> None:
    objects = render(rules=given_rules, management=())
    for protocol in ("tcp", "udp", "icmp"):
        for source in ADDRESSES:
            for port in (*PORTS[:: 1 if protocol != "icmp" else 12], 99):
                expected = says_yes(given_rules, protocol=protocol, port=port, source=source)
                assert accepts(objects, protocol=protocol, port=port, source=source) == expected


@given(given_rules=st.lists(rules(), max_size=6), networks=st.lists(st.sampled_from(NETWORKS), max_size=8))
def test_reads_back_what_it_wrote_and_it_is_sound(given_rules: list[Rule], networks: list) -> None:
    management = management_rules(networks=map(str, networks), connection=None)
    objects = render(rules=given_rules, management=management)
    assert parse_objects(objects.files) == normalize(management) + normalize(given_rules)
    assert config_faults(objects.files, shipped=()) == []
    assert all(map(is_ours, objects.files.values()))


@given(given_rules=st.lists(rules(), max_size=6), data=st.data())
def test_order_and_repetition_of_rules_change_nothing(given_rules: list[Rule], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations([*given_rules, *given_rules[:2]]))
    assert render(rules=shuffled, management=()) == render(rules=given_rules, management=())


@given(given_rules=st.lists(rules(), max_size=6))
def test_lines_say_the_same_before_and_after(given_rules: list[Rule]) -> None:
    objects = render(rules=given_rules, management=())
    written = [line for rule in normalize(given_rules) for line in rule.lines()]
    assert [line for rule in parse_objects(objects.files) for line in rule.lines()] == written


@given(ids=st.lists(flow_ids, max_size=12, unique=True))
def test_flows_survive_their_compact_form(ids: list[str]) -> None:
    assert set(expand_flows(compact_flows(ids))) == set(ids)


@pytest.mark.parametrize("text", ["a/b/1-999999999", "a/b/1-2,5-", "a/b/1-99999999999999", "a/b/", "a/b/-3"])
def test_what_is_no_range_of_rows_stays_one_word(text: str) -> None:
    assert expand_flows(text) == (text,)


def leaves(objects: Objects, *, protocol: str, port: int, target: ipaddress.IPv4Address, source_port: int = 0) -> bool:
    """What firewalld does with a new packet from the host, by its priorities: the first rule that matches decides."""
    policy = parse_xml(objects.files[OUT_POLICY_FILE])
    for rule in sorted(policy.findall("rule"), key=lambda rule: int(rule.get("priority", "0"))):
        if rule.attrib["family"] == f"ipv{target.version}" and source_matches(
            rule.find("destination"), objects=objects, source=target
        ):
            value = {element.get("value") for element in rule.findall("protocol")}
            sources = {(element.get("protocol"), element.get("port")) for element in rule.findall("source-port")}
            if rule.find("service") is not None or rule.find("icmp-type") is not None:
                discovery = any("neighbour" in element.attrib["name"] for element in rule.findall("icmp-type"))
                matches = not discovery and element_matches(rule, objects=objects, protocol=protocol, port=port)
            elif sources:
                matches = (protocol, str(source_port)) in sources
            else:
                matches = bool({protocol, f"ipv6-{protocol}"} & value)
            if matches:
                return rule.find("accept") is not None
    return policy.attrib["target"] == "CONTINUE"


@given(given_rules=st.lists(rules(), max_size=6), knows_sessions=st.booleans())
def test_lets_out_exactly_what_the_rules_say(given_rules: list[Rule], knows_sessions: bool) -> None:
    egress = Egress(tuple(given_rules), ())
    objects = render(rules=(), management=(), egress=egress, knows_sessions=knows_sessions, ipsets=knows_sessions)
    mirrored = [rule._replace(direction="in") for rule in given_rules if rule.direction == "out"]
    for protocol in ("tcp", "udp", "icmp"):
        for target in ADDRESSES:
            for port in (*PORTS[:: 1 if protocol != "icmp" else 12], 99):
                expected = says_yes(mirrored, protocol=protocol, port=port, source=target)
                assert leaves(objects, protocol=protocol, port=port, target=target) == expected


@given(given_rules=st.lists(rules(), max_size=6), knows_sessions=st.booleans())
def test_what_leaves_reads_back_and_changes_nothing_about_what_comes_in(
    given_rules: list[Rule], knows_sessions: bool
) -> None:
    management = management_rules(networks=["192.0.2.0/28"], connection=None)
    egress = Egress(tuple(given_rules), management)
    without = render(rules=given_rules, management=management)
    objects = render(rules=given_rules, management=management, egress=egress, knows_sessions=knows_sessions)
    outgoing = normalize(given_rules, direction="out")
    assert parse_objects(objects.files) == parse_objects(without.files) + outgoing
    assert lines(objects.files)[-2:] == [f"drop out everything else to {net} [egress]" for net in ("0.0.0.0/0", "::/0")]
    assert config_faults(objects.files, shipped=()) == []
    assert all(map(is_ours, objects.files.values()))
    assert objects.rich_rules == without.rich_rules
    assert objects.content_mark != without.content_mark
    assert (without.out_rules, OUT_POLICY_FILE in without.files) == (None, False)


@pytest.mark.parametrize("knows_sessions", [True, False])
def test_answers_to_management_leave_whatever_firewalld_knows_of_the_session(knows_sessions: bool) -> None:
    management = management_rules(networks=["192.0.2.0/28", "2001:db8:9::/64"], connection=None)
    objects = render(rules=(), management=(), egress=Egress((), management), knows_sessions=knows_sessions)
    for address, port, expected in (
        ("192.0.2.3", 22, True),
        ("2001:db8:9::1", 22, True),
        ("192.0.2.3", 23, False),
        ("192.0.2.16", 22, False),
    ):
        target = ipaddress.ip_address(address)
        assert leaves(objects, protocol="tcp", port=50000, source_port=port, target=target) is expected


def test_a_policy_for_output_changes_the_mark_of_the_other_one() -> None:
    """So that a run without egress sees one that is still loaded."""
    marks = {
        render(rules=(), management=(), egress=egress).content_mark
        for egress in (None, Egress((), ()), Egress((rule_of(remotes=["10.0.0.0/8"], direction="out"),), ()))
    }
    assert len(marks) == 3


def rule_of(
    *, remotes: list[str], ports: list[str] | None = None, flow: str = "safeq6/management/1", direction: str = "in"
) -> Rule:
    raw = {"direction": direction, "protocol": "tcp", "ports": ports or ["443"], "remotes": remotes, "flows": [flow]}
    return parse_rules([raw])[0]


def test_many_remotes_are_one_ipset_a_family_and_the_management_rule_never_is() -> None:
    many = [f"10.0.{third}.0/25" for third in range(LITERAL_REMOTES + 1)]
    many6 = [f"2001:db8:{third}::/48" for third in range(0, 2 * LITERAL_REMOTES + 2, 2)]
    objects = render(
        rules=[rule_of(remotes=many + many6)], management=management_rules(networks=many + many6, connection=None)
    )
    assert sum(path.startswith("ipsets/") for path in objects.files) == 2
    management = [rule for rule in objects.rich_rules if 'port port="22"' in rule]
    assert len(management) == len(many + many6)
    assert not any("ipset" in rule for rule in management)


def test_management_rules_come_first() -> None:
    objects = render(
        rules=[rule_of(remotes=["10.0.0.0/8"])], management=management_rules(networks=["192.0.2.0/24"], connection=None)
    )
    first = parse_xml(objects.files[POLICY_FILE]).findall("rule")[0]
    assert first.find("source").attrib == {"address": "192.0.2.0/24"}
    assert int(first.attrib["priority"]) < 0


def test_a_change_of_rules_never_changes_the_content_of_a_service_or_ipset() -> None:
    first = render(rules=[rule_of(remotes=["10.0.0.0/8"])], management=()).files
    second = render(rules=[rule_of(remotes=["10.0.0.0/8"], ports=["443", "80"])], management=()).files
    shared = (first.keys() & second.keys()) - {POLICY_FILE}
    assert all(first[path] == second[path] for path in shared)
    assert first.keys() != second.keys()


@pytest.mark.parametrize("flow", ["a b", "a;b", "a,b", "a\nb", "\x07"])
def test_flow_ids_that_have_no_place_are_refused(flow: str) -> None:
    with pytest.raises(RuleError, match="is no flow id"):
        render(rules=[rule_of(remotes=["10.0.0.0/8"], flow=flow)], management=())


def test_markup_in_flow_ids_is_text() -> None:
    rule = rule_of(remotes=["10.0.0.0/8"], flow='<a>&"/1')
    assert parse_objects(render(rules=[rule], management=()).files) == (rule,)


GOLDEN_RULES = parse_rules(
    [
        {
            "direction": "in",
            "protocol": "tcp",
            "ports": ["443", "5014-5019"],
            "remotes": ["198.18.21.0/24", "2001:db8:21::/64"],
            "flows": ["safeq6/terminal-server/1", "safeq6/terminal-server/3", "safeq6/terminal-server/4"],
        },
        {
            "direction": "in",
            "protocol": "udp",
            "ports": ["161"],
            "remotes": [f"198.18.{third}.0/25" for third in range(21, 28)],
            "flows": ["safeq6/mfd/3", "lrs/required/2"],
        },
        {
            "direction": "in",
            "protocol": "icmp",
            "icmp_types": ["echo-request"],
            "remotes": ["198.18.0.0/15", "::/0"],
            "flows": ["lrs/required/9"],
        },
        {
            "direction": "out",
            "protocol": "tcp",
            "ports": ["9100"],
            "remotes": ["198.18.21.0/24"],
            "flows": ["safeq6/mfd/1"],
        },
    ]
)


GOLDEN_OUT = parse_rules(
    [
        {
            "direction": "out",
            "protocol": "udp",
            "ports": ["161"],
            "remotes": [f"198.18.{third}.0/25" for third in range(21, 28)],
            "flows": ["safeq6/mfd/3"],
        },
        {
            "direction": "out",
            "protocol": "icmp",
            "icmp_types": ["echo-request"],
            "remotes": ["198.18.0.0/15", "2001:db8::/32"],
            "flows": ["lrs/required/9"],
        },
    ]
)


@pytest.mark.parametrize("folder", ["firewalld", "firewalld-egress", "firewalld-egress-0.9"])
def test_golden_files(folder: str) -> None:
    """PRINTOPS_UPDATE_GOLDEN=1 writes them anew."""
    management = management_rules(networks=["198.18.0.0/28", "2001:db8:0::/64"], connection=None)
    objects = render(
        rules=GOLDEN_RULES,
        management=management,
        egress=None if folder == "firewalld" else Egress((*GOLDEN_RULES, *GOLDEN_OUT), management),
        ipsets=not folder.endswith("0.9"),
        knows_sessions=not folder.endswith("0.9"),
    )
    golden = GOLDEN.parent / folder
    written = {path.replace("/", "."): content.decode() for path, content in objects.files.items()}
    if os.environ.get("PRINTOPS_UPDATE_GOLDEN"):
        golden.mkdir(exist_ok=True)
        for path in golden.glob("*.xml"):
            path.unlink()
        for name, content in written.items():
            (golden / name).write_text(content, encoding="utf-8")
    assert {path.name: path.read_text(encoding="utf-8") for path in golden.glob("*.xml")} == written


def test_without_ipsets_the_same_packets_are_accepted() -> None:
    many = rule_of(remotes=[f"10.0.{third}.0/25" for third in range(40)])
    objects = render(rules=[many], management=(), ipsets=False)
    assert not any(path.startswith("ipsets/") for path in objects.files)
    for address, expected in (("10.0.39.1", True), ("10.0.39.200", False)):
        source = ipaddress.ip_address(address)
        assert accepts(objects, protocol="tcp", port=443, source=source) is expected
