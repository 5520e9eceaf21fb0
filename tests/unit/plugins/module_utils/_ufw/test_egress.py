# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An enforced egress in the rules files: by a small interpreter of iptables, its place, and what the host must have."""

from __future__ import annotations

import ipaddress
import os
import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import Egress
from ansible_collections.printops.firewall.plugins.module_utils._rules.management import management_rules
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange, Rule, parse_rules
from ansible_collections.printops.firewall.plugins.module_utils._ufw.egress import lacking, render_egress
from ansible_collections.printops.firewall.plugins.module_utils._ufw.files import (
    RuleFile,
    UfwRule,
    describe,
    entry_of,
    kernel_line,
    parse,
    render_rules,
)
from ansible_collections.printops.firewall.plugins.module_utils._ufw.placement import Placement, place

GOLDEN = pathlib.Path(__file__).resolve().parents[4] / "golden" / "ufw"
NAMES = {4: "user.rules", 6: "user6.rules"}
BEFORE = {
    4: (GOLDEN / "before.rules").read_text(encoding="utf-8"),
    6: (GOLDEN / "before6.rules").read_text(encoding="utf-8"),
}
MANAGEMENT = management_rules(networks=["192.0.2.0/28", "2001:db8:9::/64"], connection=None)
TARGETS = [f"10.0.{third}.{last}" for third in range(3) for last in range(3)] + ["203.0.113.9", "192.0.2.3"]
TARGETS6 = ["2001:db8::1", "2001:db8:1::2", "fe80::2"]
NETWORKS = [
    *(ipaddress.ip_network((target, prefix), strict=False) for target in TARGETS[:10] for prefix in (0, 8, 23, 32)),
    *(ipaddress.ip_network((target, prefix), strict=False) for target in TARGETS6 for prefix in (0, 64, 128)),
]
ports = st.tuples(st.integers(1, 40), st.integers(1, 40)).map(lambda pair: PortRange(*sorted(pair)))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    protocol = draw(st.sampled_from(["tcp", "udp", "icmp"]))
    given_ports = () if protocol == "icmp" else tuple(draw(st.lists(ports, min_size=1, max_size=20)))
    remotes = tuple(draw(st.lists(st.sampled_from(NETWORKS), min_size=1, max_size=4)))
    icmp_types = ("echo-request",) if protocol == "icmp" else ()
    return Rule("out", protocol, given_ports, icmp_types, remotes, (f"a/b/{draw(st.integers(1, 9))}",))


plans = st.lists(rules(), max_size=6)


def template(version: int) -> RuleFile:
    return parse((GOLDEN / f"template-{NAMES[version]}").read_text(encoding="utf-8"))


def placed(file: RuleFile, *plan: Rule, version: int = 4, incoming: tuple[Rule, ...] = ()) -> Placement:
    outgoing = render_egress(Egress(plan, MANAGEMENT), version=version, before_rules=BEFORE[version])
    return place(file, [*render_rules(incoming, version=version), *outgoing], version=version)


def leaves(text: str, *, protocol: str, port: int, target: str, source_port: int = 50000) -> bool:
    """Whether a new packet from the host passes the lines of the output chain; knows the options that ours have."""
    for line in text.splitlines():
        if not line.startswith(("-A ufw-user-output ", "-A ufw6-user-output ")):
            continue
        words = line.split()
        options = dict(zip(words[::2], words[1::2], strict=True))
        del options["-A"]
        matches = options.pop("-p", protocol) == protocol
        options.pop("-m", None)
        network = ipaddress.ip_network(options.pop("-d", "::/0" if ":" in target else "0.0.0.0/0"))
        matches &= ipaddress.ip_address(target) in network
        matches &= options.pop("--sport", str(source_port)) == str(source_port)
        for name in ("--dport", "--dports"):
            spans = [[int(end) for end in span.split(":")] for span in options.pop(name, "1:65535").split(",")]
            matches &= any(span[0] <= port <= span[-1] for span in spans)
        verdict = options.pop("-j")
        assert not options
        if matches:
            return verdict == "ACCEPT"
    return True


@given(plans, st.sampled_from(["tcp", "udp", "icmp"]), st.integers(1, 41), st.sampled_from(TARGETS + TARGETS6))
def test_a_packet_leaves_exactly_where_a_rule_says_so(plan: list[Rule], protocol: str, port: int, target: str) -> None:
    version = ipaddress.ip_address(target).version
    if (protocol, version) == ("icmp", 6):
        return
    text = placed(template(version), *plan, version=version).file.render()
    wanted = any(
        rule.protocol == protocol
        and (protocol == "icmp" or any(span.first <= port <= span.last for span in rule.ports))
        and any(ipaddress.ip_address(target) in remote for remote in rule.remotes)
        for rule in plan
    )
    assert leaves(text, protocol=protocol, port=port, target=target) == wanted


@given(plans, st.sampled_from([4, 6]))
def test_what_is_written_reads_back_and_comes_off_to_the_byte(plan: list[Rule], version: int) -> None:
    before = template(version)
    outgoing = render_egress(Egress(tuple(plan), MANAGEMENT), version=version, before_rules=BEFORE[version])
    written = parse(place(before, outgoing, version=version).file.render())
    assert written.own == outgoing
    assert len({rule.key for rule in outgoing}) == len(outgoing)
    assert place(written, outgoing, version=version).file == written
    assert place(written, (), version=version).file.render() == before.render()


@pytest.mark.parametrize(("target", "port", "expected"), [("192.0.2.3", 22, True), ("192.0.2.3", 23, False)])
def test_answers_to_management_leave_whatever_is_known_of_the_session(target: str, port: int, expected: bool) -> None:
    text = placed(template(4)).file.render()
    assert leaves(text, protocol="tcp", port=50001, source_port=port, target=target) is expected


def test_pings_over_ipv6_have_rules_only_where_ufw_itself_does_not_let_them_out() -> None:
    plan = Rule("out", "icmp", (), ("echo-request",), (ipaddress.ip_network("2001:db8::/64"),), ("a/b/1",))
    without = BEFORE[6].replace("echo-request -j ACCEPT", "echo-request -j DROP")
    assert [
        [rule.line() for rule in render_egress(Egress((plan,), ()), version=6, before_rules=text)]
        for text in (BEFORE[6], without)
    ] == [
        ["deny out any to ::/0"],
        [
            "deny out tcp to 2001:db8::/64",
            "deny out udp to 2001:db8::/64",
            "allow out any to 2001:db8::/64",
            "deny out any to ::/0",
        ],
    ]


ICMP = {"direction": "out", "protocol": "icmp", "icmp_types": ["echo-request"], "flows": ["lrs/required/9"]}
PLAN = parse_rules(
    [
        {
            "direction": "out",
            "protocol": "tcp",
            "ports": ["9100", "5014-5019"],
            "remotes": ["10.1.0.0/24", "10.1.1.1", "2001:db8:1::/48"],
            "flows": ["safeq6/mfd/1"],
        },
        {**ICMP, "remotes": ["10.1.0.0/25", "10.1.0.128/25", "2001:db8:1::/48"]},
    ]
)
INCOMING = parse_rules(
    [{"direction": "in", "protocol": "tcp", "ports": ["443"], "remotes": ["10.1.0.0/24"], "flows": ["a/b/1"]}]
)


@pytest.mark.parametrize("version", [4, 6])
def test_golden_files(version: int) -> None:
    before = parse((GOLDEN / f"foreign-{NAMES[version]}").read_bytes().decode("latin-1"))
    text = placed(before, *PLAN, version=version, incoming=(*MANAGEMENT, *INCOMING)).file.render()
    path = GOLDEN / f"egress-{NAMES[version]}.expected"
    if os.environ.get("PRINTOPS_UPDATE_GOLDEN"):
        path.write_bytes(text.encode("latin-1"))
    assert text == path.read_bytes().decode("latin-1")


@pytest.mark.parametrize(
    ("rule", "body"),
    [
        (UfwRule("deny", "any", "any", "0.0.0.0/0", "any", "0.0.0.0/0", "out"), "-j DROP"),
        (UfwRule("deny", "tcp", "any", "10.0.0.0/8", "any", "0.0.0.0/0", "out"), "-p tcp -d 10.0.0.0/8 -j DROP"),
        (UfwRule("allow", "any", "any", "10.0.0.0/8", "any", "0.0.0.0/0", "out"), "-d 10.0.0.0/8 -j ACCEPT"),
        (
            UfwRule("allow", "tcp", "25", "10.0.0.1", "any", "0.0.0.0/0", "out"),
            "-p tcp -d 10.0.0.1 --dport 25 -j ACCEPT",
        ),
        (
            UfwRule("allow", "tcp", "25:27,99", "10.0.0.1", "any", "0.0.0.0/0", "out"),
            "-p tcp -m multiport --dports 25:27,99 -d 10.0.0.1 -j ACCEPT",
        ),
        (
            UfwRule("allow", "tcp", "any", "10.1.0.0/16", "22", "0.0.0.0/0", "out"),
            "-p tcp -d 10.1.0.0/16 --sport 22 -j ACCEPT",
        ),
        (UfwRule("allow", "udp", "53", "0.0.0.0/0", "any", "0.0.0.0/0", "out"), "-p udp --dport 53 -j ACCEPT"),
    ],
)
def test_lines_are_those_that_ufw_itself_writes(rule: UfwRule, body: str) -> None:
    """Taken down from ufw 0.36.2 with C(ufw deny out to any), C(ufw allow out proto tcp from any port 22 to ...)."""
    assert entry_of(rule, version=4).text.splitlines()[-1] == f"-A ufw-user-output {body}"


@pytest.mark.parametrize(
    ("rule", "listed"),
    [
        (UfwRule("deny", "any", "any", "0.0.0.0/0", "any", "0.0.0.0/0", "out"), "-j DROP"),
        (UfwRule("deny", "udp", "any", "10.0.0.5", "any", "0.0.0.0/0", "out"), "-d 10.0.0.5/32 -p udp -j DROP"),
        (UfwRule("allow", "any", "any", "10.0.0.0/8", "any", "0.0.0.0/0", "out"), "-d 10.0.0.0/8 -j ACCEPT"),
        (
            UfwRule("allow", "tcp", "any", "10.1.0.0/16", "22", "0.0.0.0/0", "out"),
            "-d 10.1.0.0/16 -p tcp -m tcp --sport 22 -j ACCEPT",
        ),
        (
            UfwRule("allow", "tcp", "25:27,99", "10.0.0.1", "any", "0.0.0.0/0", "out"),
            "-d 10.0.0.1/32 -p tcp -m multiport --dports 25:27,99 -j ACCEPT",
        ),
    ],
)
def test_lines_of_the_kernel(rule: UfwRule, listed: str) -> None:
    assert kernel_line(rule, version=4) == f"-A ufw-user-output {listed}"


def test_the_rules_are_described_in_the_words_of_the_plan() -> None:
    told = [line for rule in placed(template(4), *PLAN).file.own for line in describe(rule)]
    assert told == [
        "allow out tcp 5014-5019,9100 to 10.1.0.0/24 [safeq6/mfd/1]",
        "allow out tcp 5014-5019,9100 to 10.1.1.1/32 [safeq6/mfd/1]",
        "allow out icmp echo-request to 10.1.0.0/24 [lrs/required/9]",
        "drop out everything else to 0.0.0.0/0 [egress]",
    ]


HEAD = "*filter\n### RULES ###\n"
TAIL = "\n### END RULES ###\nCOMMIT\n"
ALLOW_OUT = "\n### tuple ### allow tcp 25 0.0.0.0/0 any 0.0.0.0/0 out\n-A ufw-user-output -p tcp --dport 25 -j ACCEPT\n"
DENY_OUT = "\n### tuple ### deny any any 10.8.0.0/16 any 0.0.0.0/0 out\n-A ufw-user-output -d 10.8.0.0/16 -j DROP\n"
BY_HAND = "-A ufw-user-output -d 10.7.0.0/16 -j DROP\n"
ALLOW_IN = "\n### tuple ### allow tcp 80 0.0.0.0/0 any 0.0.0.0/0 in\n-A ufw-user-input -p tcp --dport 80 -j ACCEPT\n"
DENY_IN = "\n### tuple ### deny any any 0.0.0.0/0 any 10.9.0.0/16 in\n-A ufw-user-input -s 10.9.0.0/16 -j DROP\n"
FOREIGN = [ALLOW_OUT, DENY_OUT, BY_HAND, ALLOW_IN, DENY_IN]


@given(st.lists(st.sampled_from(FOREIGN), max_size=5), st.lists(st.sampled_from(FOREIGN), max_size=5))
def test_the_end_is_after_all_foreign_rules_and_answers_are_before_denials(first: list[str], later: list[str]) -> None:
    ours = "".join(entry.text for entry in placed(parse(HEAD + TAIL), *PLAN, incoming=MANAGEMENT).file.entries)
    file = placed(parse(HEAD + "".join([*first, ours, *later]) + TAIL), *PLAN, incoming=MANAGEMENT).file
    output = [entry for entry in file.entries if entry.is_output]
    foreign = [index for index, entry in enumerate(output) if not entry.is_own]
    own = {index: entry.rule for index, entry in enumerate(output) if entry.is_own and entry.rule}
    kept = "".join(entry.text for entry in file.entries if not entry.is_own)
    assert sorted(kept.splitlines()) == sorted("".join(first + later).splitlines())
    for index, rule in own.items():
        if rule.is_management:
            assert all(index < other for other in foreign if output[other].restricts_output)
        else:
            assert all(index > other for other in foreign)
    assert own[len(output) - 1].is_closing
    assert placed(file, *PLAN, incoming=MANAGEMENT).file == file


@pytest.mark.parametrize("action", ["allow", "deny", "reject"])
def test_a_foreign_rule_about_everything_that_leaves_contradicts_the_end(action: str) -> None:
    twin = f"\n### tuple ### {action} any any 0.0.0.0/0 any 0.0.0.0/0 out\n-A ufw-user-output -j WHATEVER\n"
    placement = placed(parse(HEAD + twin + TAIL), *PLAN)
    assert [rule.is_closing for rule in placement.contradicted] == [True]


def test_an_equal_foreign_rule_is_kept_and_not_doubled() -> None:
    first = render_egress(Egress(PLAN, ()), version=4, before_rules=BEFORE[4])[0]
    fields = ("tcp", first.ports, first.destination, "any", first.source, "out")
    for action, kind in (("allow", "covered"), ("deny", "contradicted")):
        twin = f"\n### tuple ### {action} {' '.join(fields)}\n-A ufw-user-output -j WHATEVER\n"
        assert getattr(placed(parse(HEAD + twin + TAIL), *PLAN), kind) == (first,)


@pytest.mark.parametrize("version", [4, 6])
def test_the_files_of_the_package_lack_nothing(version: int) -> None:
    assert lacking(BEFORE[version], version=version) == []


@pytest.mark.parametrize(
    ("line", "version", "what"),
    [
        ("-A ufw-before-output -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", 4, "established traffic"),
        ("-A ufw-before-output -o lo -j ACCEPT", 4, "loopback"),
        ("-A ufw6-before-output -o lo -j ACCEPT", 6, "loopback"),
        (
            "-A ufw6-before-output -p icmpv6 --icmpv6-type neighbor-solicitation -m hl --hl-eq 255 -j ACCEPT",
            6,
            "neighbor-solicitation",
        ),
    ],
)
def test_what_an_administrator_took_out_is_lacking(line: str, version: int, what: str) -> None:
    for instead in ("", f"# {line}\n", line.replace("ACCEPT", "DROP") + "\n"):
        assert lacking(BEFORE[version].replace(line + "\n", instead), version=version) == [what]
