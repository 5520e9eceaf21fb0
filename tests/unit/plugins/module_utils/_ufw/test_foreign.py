# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a foreign ufw lets in, and where its files and the kernel differ."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._ufw.files import parse
from ansible_collections.printops.firewall.plugins.module_utils._ufw.foreign import disagreements, foreign_openings
from ansible_collections.printops.firewall.plugins.module_utils._ufw.host import Kernel

GOLDEN = pathlib.Path(__file__).resolve().parents[4] / "golden" / "ufw"
BEFORE = {4: (GOLDEN / "before.rules").read_text(), 6: (GOLDEN / "before6.rules").read_text()}
EMPTY = "*filter\n### RULES ###\n"


def openings(*tuples: str, before: str = "", input_chain: tuple[str, ...] = ()) -> list[str]:
    text = EMPTY + "".join(f"\n### tuple ### {one}\n-A ufw-user-input -j ACCEPT\n" for one in tuples)
    files = {4: parse(text), 6: parse(EMPTY)}
    kernel = {4: Kernel(4, input_chain), 6: Kernel(6, ())}
    found = foreign_openings(files, before={**BEFORE, 4: BEFORE[4] + before}, kernel=kernel)
    return [f"{one.name} | {one.protocol} {','.join(map(str, one.ports))} | {one.who}" for one in found]


def test_the_files_of_the_package_open_nothing() -> None:
    assert openings() == []


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in", "(443/tcp ALLOW IN Anywhere) | tcp 443 | everyone (IPv4)"),
        ("allow tcp 400:500 0.0.0.0/0 any 0.0.0.0/0 in", "| tcp 400-500 | everyone (IPv4)"),
        ("allow any any 0.0.0.0/0 any 10.0.0.0/8 in", "(Anywhere ALLOW IN 10.0.0.0/8) | any  | 10.0.0.0/8"),
        ("limit tcp 22 0.0.0.0/0 any 0.0.0.0/0 in", "(22/tcp LIMIT IN Anywhere) | tcp 22 | everyone (IPv4)"),
        ("allow tcp 80 0.0.0.0/0 any 0.0.0.0/0 in_eth0", "(80/tcp on eth0 ALLOW IN Anywhere)"),
        ("allow_log udp 80,161 0.0.0.0/0 any 0.0.0.0/0 in", "| udp 80,161 | everyone (IPv4)"),
        ("allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 WWW - in", "| tcp 443 |"),
    ],
)
def test_rules_that_let_in(fields: str, told: str) -> None:
    (one,) = openings(fields)
    assert one.startswith("ufw rule 1 ")
    assert told in one


@pytest.mark.parametrize(
    "fields",
    [
        "deny tcp 443 0.0.0.0/0 any 0.0.0.0/0 in",
        "allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in_lo",
        "allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 out",
        "route:allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in",
        "allow esp any 0.0.0.0/0 any 0.0.0.0/0 in",
        "allow tcp 443 0.0.0.0/0 any 0.0.0.0/0 in comment=" + b"printops:safeq6/mfd/1".hex(),
    ],
)
def test_rules_that_are_no_foreign_openings(fields: str) -> None:
    assert openings(fields) == []


def test_what_is_denied_first_is_not_let_in() -> None:
    deny = "deny tcp 443 0.0.0.0/0 any 10.0.0.0/8 in"
    allow = "allow tcp 443 0.0.0.0/0 any 10.0.0.0/7 in"
    assert [one.rpartition("| ")[2] for one in openings(deny, allow)] == ["11.0.0.0/8"]
    assert [one.rpartition("| ")[2] for one in openings(allow, deny)] == ["10.0.0.0/7"]


def test_numbers_are_those_of_status_numbered() -> None:
    app = "allow tcp {} 0.0.0.0/0 any 0.0.0.0/0 WWW - in"
    other = "allow tcp 9 0.0.0.0/0 any 0.0.0.0/0 in"
    assert [one.split()[2] for one in openings(app.format(80), app.format(443), other)] == ["1", "1", "2"]


def test_lines_of_before_rules_and_of_the_kernel() -> None:
    line = "-A ufw-before-input -p tcp -s 10.0.0.0/8 --dport 8080 -j ACCEPT"
    (one,) = openings(before=line)
    assert one == f"/etc/ufw/before.rules: {line} | tcp 8080 | 10.0.0.0/8"
    chain = (
        "-A INPUT -p tcp -m tcp --dport 8081 -j ACCEPT",
        "-A INPUT -j ufw-before-input",
        "-A INPUT -i lo -j ACCEPT",
    )
    (two,) = openings(input_chain=chain)
    assert two.endswith("--dport 8081 -j ACCEPT | tcp 8081 | everyone (IPv4)")


def test_the_kernel_and_the_file_in_other_words_agree() -> None:
    files = {4: parse((GOLDEN / "foreign-user.rules").read_text(encoding="latin-1"))}
    listed = (
        "-A ufw-user-input -s 203.0.113.7/32 -p tcp -m tcp --dport 443 -j DROP",
        "-A ufw-user-input -p tcp -m tcp --dport 9100 -j ACCEPT",
        "-A ufw-user-input -s 203.0.113.0/24 -j ufw-user-logging-input",
        "-A ufw-user-input -s 203.0.113.0/24 -j DROP",
        "-A ufw-user-input -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -m recent --set --name DEFAULT "
        "--mask 255.255.255.255 --rsource",
        "-A ufw-user-input -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -m recent --update --seconds 30 "
        "--hitcount 6 --name DEFAULT --mask 255.255.255.255 --rsource -j ufw-user-limit",
        "-A ufw-user-input -p tcp -m tcp --dport 22 -j ufw-user-limit-accept",
        "-A ufw-user-input -i host0 -p tcp -m tcp --dport 8080 -j ACCEPT",
        "-A ufw-user-input -s 10.1.1.1/32 -p tcp -m tcp --sport 80 -m comment --comment sapp_WWW -j ACCEPT",
    )
    before = {4: BEFORE[4], 6: BEFORE[6]}
    assert disagreements({**files, 6: parse(EMPTY)}, before=before, kernel={4: Kernel(4, listed)}) == []
    less = disagreements({**files, 6: parse(EMPTY)}, before=before, kernel={4: Kernel(4, listed[1:])})
    assert [one.split(": ")[0] for one in less] == ["/etc/ufw/user.rules has it, the kernel has not"]
    extra = "-A ufw-before-input -p tcp -m tcp --dport 8082 -j ACCEPT"
    more = disagreements({**files, 6: parse(EMPTY)}, before=before, kernel={4: Kernel(4, (*listed, extra))})
    assert more == [f"the kernel has it, /etc/ufw/before.rules has not: {extra}"]


CHAINS_OF_OTHERS = (
    "-A INPUT -j ts-input",
    "-A INPUT -j ufw-before-input",
    "-A INPUT -j ufw-after-input",
    "-A INPUT -p tcp -m tcp --dport 22 -j f2b-sshd",
    "-A f2b-sshd -s 203.0.113.9/32 -j REJECT --reject-with icmp-port-unreachable",
    "-A f2b-sshd -j RETURN",
    "-A ts-input -s 100.64.0.9/32 -j DROP",
    "-A ts-input -s 100.64.0.0/10 -i tailscale0 -j ts-more",
    "-A ts-more -p tcp -m tcp --dport 443 -j ACCEPT",
    "-A ufw-before-input -i lo -j ACCEPT",
    "-A ufw-before-input -j my-web",
    "-A ufw-before-input -j ufw-user-input",
    "-A my-web -s 10.9.0.0/16 -p tcp -m tcp --dport 80 -j ACCEPT",
    "-A ufw-user-input -s 10.1.0.0/24 -p tcp -m tcp --dport 443 -j ACCEPT",
    "-A ufw-after-input -p udp -m udp --dport 137 -j ufw-skip-to-policy-input",
    "-A ufw-after-input -p tcp -m tcp --dport 8443 -j ACCEPT",
    "-A ufw-skip-to-policy-input -j DROP",
    "-A never-reached -j ACCEPT",
)


def test_chains_of_others_that_input_leads_to_are_followed() -> None:
    empty = {version: parse("### RULES ###\n### END RULES ###\n") for version in (4, 6)}
    kernel = {4: Kernel(4, CHAINS_OF_OTHERS)}
    found = [one.name for one in foreign_openings(empty, before={}, kernel=kernel)]
    assert found == [
        "kernel chain ufw-after-input (IPv4): -A ufw-after-input -p tcp -m tcp --dport 8443 -j ACCEPT",
        "kernel chain ts-more (IPv4): -A ts-more -p tcp -m tcp --dport 443 -j ACCEPT",
        "kernel chain my-web (IPv4): -A my-web -s 10.9.0.0/16 -p tcp -m tcp --dport 80 -j ACCEPT",
    ]
