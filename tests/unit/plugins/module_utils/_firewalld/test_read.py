# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with firewalld files, and files of ours that somebody edited."""

from __future__ import annotations

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._firewalld.objects import POLICY_FILE, render
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.read import (
    UnreadableError,
    config_faults,
    parse_objects,
)
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import parse_rules

IPSET = b'<ipset type="hash:net"><entry>10.0.0.0/8</entry></ipset>'
IPSET6 = b'<ipset type="hash:net"><option name="family" value="inet6"/><entry>2001:db8::/32</entry></ipset>'


def zone(content: str) -> bytes:
    return f'<zone><service name="ssh"/>{content}</zone>'.encode()


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"zones/a.xml": b"<zone>"}, "zones/a.xml is no XML"),
        (
            {"zones/a.xml": zone('<rule><service name="nope"/><accept/></rule>')},
            "zones/a.xml: a rule names service 'nope', which does not exist",
        ),
        (
            {"zones/a.xml": zone('<rule><source ipset="nope"/><accept/></rule>')},
            "zones/a.xml: a rule names ipset 'nope', which does not exist",
        ),
        (
            {"zones/a.xml": zone('<source ipset="nope"/>')},
            "zones/a.xml: a source names ipset 'nope', which does not exist",
        ),
        (
            {"ipsets/s.xml": IPSET, "policies/p.xml": zone('<rule family="ipv6"><source ipset="s"/><accept/></rule>')},
            "policies/p.xml: a rule for ipv6 names ipset 's', which is ipv4",
        ),
        (
            {"zones/a.xml": zone('<rule family="ipv6"><source address="10.0.0.0/8"/><accept/></rule>')},
            "zones/a.xml: a rule has source '10.0.0.0/8', which is not of its family ipv6",
        ),
        (
            {"zones/a.xml": zone('<rule><source address="10.0.0.0/8"/><accept/></rule>')},
            "zones/a.xml: a rule has source '10.0.0.0/8', which is not of its family None",
        ),
        (
            {"ipsets/s.xml": IPSET.replace(b"</ipset>", b"<entry>10.1.0.0/16</entry></ipset>")},
            "ipsets/s.xml: entries 10.0.0.0/8 and 10.1.0.0/16 overlap",
        ),
        (
            {"ipsets/s.xml": IPSET6.replace(b"</ipset>", b"<entry>2001:DB8:0::/33</entry></ipset>")},
            "ipsets/s.xml: entries 2001:db8::/32 and 2001:db8::/33 overlap",
        ),
        (
            {"ipsets/s.xml": IPSET6.replace(b"</ipset>", b"<entry>10.1.0.0/16</entry></ipset>")},
            "ipsets/s.xml: an entry is not of the family of the ipset, ipv6",
        ),
        (
            {f"ipsets/{'s' * 32}.xml": IPSET},
            f"ipsets/{'s' * 32}.xml: the name of an ipset has at most 31 characters",
        ),
        (
            {"policies/policy-with-a-long-name.xml": b"<policy/>"},
            "policies/policy-with-a-long-name.xml: the name of a policy has at most 17 characters",
        ),
        (
            {"policies/printops-in.xml": b"<policy/>", "zones/printops-in.xml": zone("")},
            "policies/printops-in.xml: a zone has the same name",
        ),
    ],
)
def test_names_the_file_and_the_fault(files: dict[str, bytes], fault: str) -> None:
    assert config_faults(files, shipped={"services/ssh.xml"}) == [fault]


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"zones/a.xml": zone('<rule><service name="ssh"/><accept/></rule>')},
        {"zones/a.xml": zone('<rule family="ipv4"><source address="10.1.2.3"/><drop/></rule>')},
        {"zones/a.xml": zone('<source address="10.0.0.0/8"/><source mac="00:11:22:33:44:55"/>')},
        {"ipsets/s.xml": IPSET, "zones/a.xml": zone('<rule><source ipset="s" invert="True"/><accept/></rule>')},
        {"ipsets/s.xml": b'<ipset type="hash:ip"><entry>10.0.0.1-10.0.0.9</entry><entry>10.0.0.10</entry></ipset>'},
        {"ipsets/s.xml": b'<ipset type="hash:mac"><entry>00:11:22:33:44:55</entry></ipset>'},
    ],
)
def test_sound_files_have_no_fault(files: dict[str, bytes]) -> None:
    assert config_faults(files, shipped={"services/ssh.xml"}) == []


RULE = {"direction": "in", "protocol": "tcp", "ports": ["443"], "remotes": ["10.0.0.0/8"], "flows": ["a/b/1"]}


@pytest.mark.parametrize("broken", [b"", b"<policy>", b'<policy><rule family="ipv5"/></policy>'])
def test_an_edited_policy_that_cannot_be_read_is_named(broken: bytes) -> None:
    files = {**render(rules=parse_rules([RULE]), management=()).files, POLICY_FILE: broken}
    with pytest.raises(UnreadableError, match=POLICY_FILE):
        parse_objects(files)


def test_a_service_without_ports_is_named() -> None:
    files = dict(render(rules=parse_rules([RULE]), management=()).files)
    service = next(path for path in files if path.startswith("services/"))
    files[service] = b"<service/>"
    with pytest.raises(UnreadableError, match=service):
        parse_objects(files)


def test_a_ping_is_accepted_by_a_rule_and_not_by_the_description() -> None:
    ping = {"direction": "in", "protocol": "icmp", "icmp_types": ["echo-request"], "remotes": ["10.0.0.0/8"]}
    rules = parse_rules([{**ping, "flows": ["safeq6/a/1"]}])
    policy = render(rules=rules, management=()).files[POLICY_FILE]
    assert parse_objects({POLICY_FILE: policy}) == rules
    start, end = policy.index(b"  <rule "), policy.index(b"</rule>") + len(b"</rule>\n")
    assert parse_objects({POLICY_FILE: policy[:start] + policy[end:]}) == ()
