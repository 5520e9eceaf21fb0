# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files, lock and kernel listing of a host in a folder; the commands are in test_ufw_rules.py."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import parse_rules
from ansible_collections.printops.firewall.plugins.module_utils._ufw.files import (
    RuleFile,
    entry_of,
    parse,
    render_rules,
)
from ansible_collections.printops.firewall.plugins.module_utils._ufw.host import Host, Kernel, Settings, UfwHostError

FOREIGN = (
    "\n### tuple ### allow tcp 8080 0.0.0.0/0 any 0.0.0.0/0 in_lo\n"
    "-A ufw-user-input -i lo -p tcp --dport 8080 -j ACCEPT\n"
)
KERNEL_FOREIGN = "-A ufw-user-input -i lo -p tcp -m tcp --dport 8080 -j ACCEPT"
KERNEL_OWN = [
    "-A ufw-user-input -s 10.1.0.0/24 -p tcp -m tcp --dport 443 -j ACCEPT",
    "-A ufw-user-input -s 10.1.0.9/32 -p tcp -m tcp --dport 443 -j ACCEPT",
]
HOLD_LOCK = (
    "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX); print('held', flush=True); input()"
)


@pytest.fixture
def root(tmp_path: pathlib.Path) -> pathlib.Path:
    for folder in ("etc/ufw", "etc/default", "run"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "etc/ufw/ufw.conf").write_text("ENABLED=yes\n")
    (tmp_path / "etc/default/ufw").write_text("IPV6=yes\n")
    return tmp_path


def rule_file() -> RuleFile:
    plan = {"direction": "in", "protocol": "tcp", "ports": ["443"], "remotes": ["10.1.0.0/24", "10.1.0.9"], "flows": []}
    ours = [entry_of(rule, version=4).text for rule in render_rules(parse_rules([plan]), version=4)]
    return parse("### RULES ###\n" + FOREIGN + "".join(ours) + "\n### END RULES ###\n")


@pytest.mark.parametrize(
    ("conf", "defaults", "expected"),
    [
        ("ENABLED=yes\n", "IPV6=yes\nDEFAULT_INPUT_POLICY=DROP\n", Settings(True, True, "DROP")),
        ("# ENABLED=yes\nENABLED=no\n", "IPV6=no\n", Settings(False, False, "DROP")),
        ("ENABLED=YES", "IPV6='yes'\nDEFAULT_INPUT_POLICY=\"accept\"\n", Settings(True, True, "ACCEPT")),
        ("", "", Settings(False, False, "DROP")),
    ],
)
def test_settings_are_read(root: pathlib.Path, conf: str, defaults: str, expected: Settings) -> None:
    (root / "etc/ufw/ufw.conf").write_text(conf)
    (root / "etc/default/ufw").write_text(defaults)
    assert Host(root=root).settings() == expected


def test_a_file_that_ufw_did_not_write_is_named(root: pathlib.Path) -> None:
    (root / "etc/ufw/user.rules").write_text("*filter\nCOMMIT\n")
    with pytest.raises(UfwHostError, match=r"etc/ufw/user.rules: no line '### RULES ###' in it.*'ufw reset'"):
        Host(root=root).rules(4)


def test_the_lock_of_ufw_is_waited_for_and_named(root: pathlib.Path) -> None:
    lock = root / "run/ufw.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_LOCK, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        held = pytest.raises(UfwHostError, match=r"another ufw command has held .*run/ufw.lock for 0.2 s")
        with held, Host(root=root).locked(seconds=0.2):
            pytest.fail("the lock was not free")
        holder.communicate(b"\n")
    with Host(root=root).locked(seconds=0.2):
        assert lock.exists()


def test_the_lock_keeps_other_ufw_commands_out(root: pathlib.Path) -> None:
    attempt = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'w'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    command = [sys.executable, "-c", attempt, str(root / "run/ufw.lock")]
    with Host(root=root).locked():
        assert b"BlockingIOError" in subprocess.run(command, capture_output=True, check=False).stderr
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_written_file_keeps_owner_mode_and_link(root: pathlib.Path) -> None:
    real = root / "etc/ufw/real.rules"
    real.write_bytes(b"### RULES ###\n# \xff\n### END RULES ###\n")
    real.chmod(0o604)
    os.chown(real, os.getuid(), os.getgid())
    (root / "etc/ufw/user.rules").symlink_to("real.rules")
    host = Host(root=root)
    file = host.rules(4)
    host.write_rules(4, RuleFile(file.head, (*file.entries, *rule_file().entries), file.tail))
    assert (root / "etc/ufw/user.rules").is_symlink()
    assert real.stat().st_mode & 0o7777 == 0o604
    assert b"\n# \xff\n" in real.read_bytes()
    assert b"--dport 443" in real.read_bytes()


def test_a_write_that_fails_leaves_no_trace(root: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = root / "etc/ufw/user.rules"
    path.write_text("### RULES ###\n")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        Host(root=root).write_rules(4, rule_file())
    assert path.read_text() == "### RULES ###\n"
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["ufw.conf", "user.rules"]


@pytest.mark.parametrize(
    ("lines", "agrees"),
    [
        ([KERNEL_FOREIGN, *KERNEL_OWN], True),
        ([*KERNEL_OWN, KERNEL_FOREIGN], True),
        ([KERNEL_FOREIGN, *reversed(KERNEL_OWN)], False),
        ([], False),
        (KERNEL_OWN, False),
        ([KERNEL_FOREIGN, KERNEL_FOREIGN, KERNEL_OWN[0]], False),
        ([KERNEL_FOREIGN, *KERNEL_OWN, "-A ufw-user-input -j DROP"], False),
        ([KERNEL_FOREIGN, KERNEL_OWN[0], KERNEL_OWN[1].replace("443", "444")], False),
        ([KERNEL_FOREIGN, *KERNEL_OWN, "-A ufw-user-output -j DROP"], False),
        ([KERNEL_FOREIGN, *KERNEL_OWN, "-A ufw-user-forward -j DROP"], True),
    ],
)
def test_kernel_and_file_are_compared(lines: list[str], agrees: bool) -> None:
    assert Kernel(4, ("-N ufw-user-input", *lines)).agrees_with(rule_file()) is agrees


def test_a_line_with_several_addresses_is_several_rules_in_the_kernel() -> None:
    by_hand = "-A ufw-user-input -s 10.0.0.1,10.0.0.2 -d 10.1.0.1,10.1.0.2,10.1.0.3 -j DROP\n"
    file = parse(f"### RULES ###\n{by_hand}### END RULES ###\n")
    listed = tuple(f"-A ufw-user-input -s 10.0.0.{s}/32 -d 10.1.0.{d}/32 -j DROP" for s in (1, 2) for d in (1, 2, 3))
    assert Kernel(4, listed).agrees_with(file)
    assert not Kernel(4, listed[1:]).agrees_with(file)


def test_loaded_chains_may_still_be_out_of_reach() -> None:
    chain = "-N ufw6-user-input"
    hooks = ("-A INPUT -j ufw6-before-input", "-A ufw6-before-input -j ufw6-user-input")
    assert not Kernel(6, ()).is_loaded
    assert Kernel(6, (chain,)).is_loaded
    assert not Kernel(6, (chain, hooks[0])).is_hooked
    assert not Kernel(6, (chain, hooks[1])).is_hooked
    assert Kernel(6, (chain, *hooks)).is_hooked


def test_why_the_rules_are_not_in_force() -> None:
    def why(*lines: str, ipv6: bool = True, policy: str = "DROP") -> list[str]:
        right = ("-P INPUT DROP", "-N ufw-user-input", "-A INPUT -j ufw-before-input")
        ipv4 = Kernel(4, (*right, "-A ufw-before-input -j ufw-user-input"))
        return Settings(True, ipv6, policy).unenforced({4: ipv4, 6: Kernel(6, lines)})

    assert why() == []
    assert why("-P INPUT ACCEPT") == ["no packet over IPv6 comes to ufw's chains"]
    assert why("-P INPUT DROP", ipv6=False) == []
    (reason,) = why("-P INPUT ACCEPT", ipv6=False)
    assert reason == "the kernel accepts what no IPv6 rule names: the policy of its INPUT chain is ACCEPT"
    assert why("-P INPUT ACCEPT", ipv6=False, policy="ACCEPT") == []


def test_a_missing_command_is_named(root: pathlib.Path) -> None:
    with pytest.raises(
        UfwHostError, match="cannot run iptables: No such file or directory; install the package iptables"
    ):
        Host(root=root, search_path=str(root)).kernel()


def fail(root: pathlib.Path, *names: str, said: str) -> None:
    for name in ("iptables", "ip6tables"):
        command = root / name
        failure = f"echo '{said}' >&2; exit 4" if name in names else "exit 0"
        command.write_text(f"#!/bin/sh\necho '-N ufw-user-input'\n{failure}\n")
        command.chmod(0o755)


@pytest.mark.parametrize("name", ["iptables", "ip6tables"])
def test_a_listing_that_fails_is_no_empty_listing(root: pathlib.Path, name: str) -> None:
    (root / "proc/sys/net/ipv6").mkdir(parents=True)
    fail(root, name, said="Another app is currently holding the xtables lock.")
    with pytest.raises(UfwHostError, match=rf"^{name} cannot tell which rules are loaded: Another app .*'{name} -S'"):
        Host(root=root, search_path=f"{root}:/bin").kernel()


def test_a_kernel_that_does_not_know_ipv6_has_no_rules_for_it(root: pathlib.Path) -> None:
    fail(root, "ip6tables", said="Address family not supported by protocol")
    assert Host(root=root, search_path=f"{root}:/bin").kernel() == {
        4: Kernel(4, ("-N ufw-user-input",)),
        6: Kernel(6, ()),
    }


def test_the_jumps_that_a_reload_of_ufw_does_not_make_are_those_lost_of_the_first_chains() -> None:
    chains = ("-N ufw-before-input", "-N ufw-after-input", "-N ufw-user-input")
    assert Kernel(4, (*chains, "-A INPUT -j ufw-after-input")).lacking_hooks() == ["-A INPUT -j ufw-before-input"]
    assert Kernel(4, ()).lacking_hooks() == []
