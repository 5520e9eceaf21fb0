# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule modules on a machine without Ansible's wrapper, so that a fault at one of their system calls is theirs."""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
import sys
import typing as t

import ansible

from ..conftest import LAB
from ..topology import machine_named
from .packets import Probe, canonical, knock
from .playbooks import CHECKOUT

if t.TYPE_CHECKING:
    from ..conftest import Lab

INJECT = pathlib.Path(__file__).with_name("inject.py")
DECISIVE = {"rename", "renameat", "renameat2", "unlink", "unlinkat", "execve", "sendmsg", "sendto"}
CALL = """
import importlib, json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, "/opt/printops")
from ansible.module_utils.testing import patch_module_args
module = importlib.import_module("ansible_collections.printops.firewall.plugins.modules." + sys.argv[1])
with patch_module_args(json.loads(sys.argv[2])):
    module.main()
"""

Call = t.Tuple[str, str, str]
RICOH, RICOH6, KONICA, USER, USER6 = (
    *("198.18.21.20", "2001:db8:21::20", "198.18.21.30"),
    *("198.18.31.10", "2001:db8:31::10"),
)
BOTH = {"ports": ["5014"], "remotes": [RICOH, RICOH6], "flows": ["safeq6/mfd/1"]}
ONLY_OLD = {"ports": ["9100"], "remotes": [RICOH, RICOH6], "flows": ["safeq6/mfd/2"]}
ONLY_NEW = {"ports": ["5017"], "remotes": [USER, USER6], "flows": ["safeq6/mfd/3"]}
MANAGEMENT = ["198.18.0.0/28", "2001:db8::/64"]
PORTS = (5014, 5017, 9100)


def rule_set(*rules: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    return [{"direction": "in", "protocol": "tcp", **rule} for rule in rules]


OLD, NEW = rule_set(BOTH, ONLY_OLD), rule_set(BOTH, ONLY_NEW)


class Subject:
    """A machine with one firewall, whose old plan is C(OLD) and new plan C(NEW)."""

    def __init__(self, lab: Lab, host: str) -> None:
        self.lab, self.host = lab, host
        self.provider = machine_named(name=host).firewall
        self.state = f"/var/lib/printops-firewall/{self.provider}"
        ipv4, ipv6 = machine_named(name=host).addresses[:2]
        self.probes = {
            Probe("tcp", canonical(source), canonical(ipv6 if ":" in source else ipv4), port)
            for source in (RICOH, RICOH6, KONICA, USER, USER6)
            for port in PORTS
        }
        self._bring_code()

    def _bring_code(self) -> None:
        place = self.lab.state / "machines" / self.host / "root/opt/printops"
        plugins = place / "ansible_collections/printops/firewall/plugins"
        for part in ("modules", "module_utils"):
            shutil.copytree(CHECKOUT / "plugins" / part, plugins / part, ignore=shutil.ignore_patterns("__pycache__"))
        source = pathlib.Path(ansible.__file__).parent
        for part in ("module_utils", "_internal"):
            shutil.copytree(source / part, place / "ansible" / part, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("__init__.py", "release.py"):
            (place / "ansible" / name).write_text(
                '__version__ = "2.19.0"\n__author__ = __codename__ = ""\n', encoding="utf-8"
            )

    def shell(self, command: str) -> subprocess.CompletedProcess[str]:
        return self.lab.enter(self.host, ["sh", "-c", command])

    def module(self, name: str, arguments: t.Mapping[str, t.Any]) -> list[str]:
        return ["python3", "-c", CALL, name, json.dumps(arguments)]

    def rules(self, rules: list[dict[str, t.Any]], **arguments: t.Any) -> list[str]:
        return self.module(f"{self.provider}_rules", {"rules": rules, "management": MANAGEMENT, **arguments})

    def call(self, command: list[str]) -> dict[str, t.Any]:
        done = self.lab.enter(self.host, command)
        assert done.returncode == 0, (self.host, done.stdout, done.stderr)
        return t.cast("dict[str, t.Any]", json.loads(done.stdout))

    def with_fault(self, command: list[str], *, at: int, what: str) -> dict[str, t.Any]:
        """Run the command on the machine with a fault at one call: C(calls) so far, C(status) and C(hit)."""
        words = [sys.executable, str(INJECT), str(at), what, str(LAB), "enter", self.host, "--", *command]
        done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=120)
        return t.cast("dict[str, t.Any]", json.loads(done.stdout.splitlines()[-1]))

    def is_pending(self) -> bool:
        return self.shell(f"[ -d {self.state}/pending ] || [ -d {self.state}/restoring ]").returncode == 0

    def accepted(self) -> dict[int, set[tuple[str, int]]]:
        """By IP version, who reached which port."""
        through = knock(self.lab, "floor", self.probes, bound_s=0.4, attempts=1)
        found: dict[int, set[tuple[str, int]]] = {4: set(), 6: set()}
        for probe in through:
            found[6 if ":" in probe.source else 4].add((probe.source, probe.port))
        return found

    def plans(self) -> set[str]:
        """C(old) or C(new) for each IP version; raises AssertionError where what is accepted is of neither."""
        for _attempt in range(3):
            seen = self.accepted()
            named = {version: name_of(accepted, version) for version, accepted in seen.items()}
            if all(named.values()):
                return set(named.values())
        raise AssertionError(f"{self.host} accepts what is neither the old plan nor the new: {seen}")


def name_of(accepted: set[tuple[str, int]], version: int) -> str:
    ricoh, user = (RICOH, USER) if version == 4 else (RICOH6, USER6)
    if accepted == {(ricoh, 5014), (ricoh, 9100)}:
        return "old"
    return "new" if accepted == {(ricoh, 5014), (user, 5017)} else ""


def sampled(calls: t.Sequence[Call], *, most: int) -> list[int]:
    """Numbers, from 1, of the calls to try: all decisive ones, and of the others evenly while there is room."""
    numbers = range(1, len(calls) + 1)
    decisive = [number for number in numbers if calls[number - 1][1] in DECISIVE]
    others = [number for number in numbers if calls[number - 1][1] not in DECISIVE]
    step = max(1, -(-len(others) // max(1, most - len(decisive))))
    return sorted({*decisive, *others[::step]})
