# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule modules on a machine without Ansible's wrapper, so that a fault at one of their system calls is theirs."""

from __future__ import annotations

import contextlib
import itertools
import json
import pathlib
import shutil
import subprocess
import typing as t

import ansible

from ..topology import machine_named
from .packets import Probe, canonical
from .playbooks import CHECKOUT

if t.TYPE_CHECKING:
    from ..conftest import Lab

HERE = pathlib.Path(__file__).parent
PLACE = "opt/printops"
BOUNDS_S = (0.25, 0.5, 1.0, 2.0)

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


def others(first: int) -> list[dict[str, t.Any]]:
    """So many rules for nobody in the lab that firewalld does not take a change of them for a small one."""
    return rule_set(
        *({"ports": [str(first + n)], "remotes": ["198.18.77.0/28"], "flows": ["safeq6/ims/1"]} for n in range(11))
    )


OLD, NEW = rule_set(BOTH, ONLY_OLD), rule_set(BOTH, ONLY_NEW)


class Agent:
    """A process on a machine that does what it is asked for; see agent.py."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, **question: t.Any) -> t.Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"the agent died of {question}"
        return json.loads(answer)


@contextlib.contextmanager
def agent_on(lab: Lab, host: str) -> t.Iterator[Agent]:
    """Brings the code that is needed, and keeps it running."""
    place = lab.state / "machines" / host / "root" / PLACE
    for name in ("agent", "inject", "knock"):
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / f"{name}.py", place)
    with lab.start(host, ["python3", f"/{PLACE}/agent.py"], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            yield Agent(process)
        finally:
            process.stdin.close()


class Subject:
    """A machine with one firewall, whose modules are called through an agent."""

    def __init__(self, lab: Lab, host: str, agent: Agent) -> None:
        self.host = host
        self.agent = agent
        self.provider = machine_named(name=host).firewall
        self.state = f"/var/lib/printops-firewall/{self.provider}"
        bring_code(lab.state / "machines" / host / "root" / PLACE)

    def shell(self, command: str) -> str:
        """Must succeed; what it printed."""
        done = self.agent.ask(shell=command)
        assert done["status"] == 0, (self.host, command, done)
        return str(done["output"])

    def holds(self, condition: str) -> bool:
        return bool(self.agent.ask(shell=condition)["status"] == 0)

    def rules(self, rules: list[dict[str, t.Any]], **arguments: t.Any) -> dict[str, t.Any]:
        """The question for a call of the rule module."""
        given = {"rules": rules, "management": MANAGEMENT, **arguments}
        return {"module": f"{self.provider}_rules", "arguments": given}

    def call(self, question: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """A call without a fault, which must succeed; the module's result."""
        done = self.agent.ask(**question)
        assert done["status"] == 0, (self.host, question, done["output"])
        return t.cast("dict[str, t.Any]", json.loads(done["output"].splitlines()[-1]))

    def is_pending(self) -> bool:
        return self.holds(f"[ -d {self.state}/pending ] || [ -d {self.state}/restoring ]")


def bring_code(place: pathlib.Path) -> None:
    plugins = place / "ansible_collections/printops/firewall/plugins"
    unwanted = shutil.ignore_patterns("__pycache__")
    for part in ("modules", "module_utils"):
        shutil.copytree(CHECKOUT / "plugins" / part, plugins / part, ignore=unwanted, dirs_exist_ok=True)
    source = pathlib.Path(ansible.__file__).parent
    for part in ("module_utils", "_internal"):
        shutil.copytree(source / part, place / "ansible" / part, ignore=unwanted, dirs_exist_ok=True)
    for name in ("__init__.py", "release.py"):
        (place / "ansible" / name).write_text(
            '__version__ = "2.19.0"\n__author__ = __codename__ = ""\n', encoding="utf-8"
        )


class Floor:
    """Sees from outside which of the two plans a host enforces."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    def plans(self, host: str) -> set[str]:
        """C(old), C(new) or C(open) for each IP version; raises AssertionError where what is accepted is of neither.

        It is asked again with more patience where something lacks: the machine that all this runs on may be busy.
        """
        ipv4, ipv6 = machine_named(name=host).addresses[:2]
        probes = [
            Probe("tcp", canonical(source), canonical(ipv6 if ":" in source else ipv4), port)
            for source in (RICOH, RICOH6, KONICA, USER, USER6)
            for port in PORTS
        ]
        seen: list[list[str]] = []
        for bound_s in BOUNDS_S:
            through = [probes[index] for index in self._agent.ask(knock=probes, bound_s=bound_s)]
            named = {version: name_of(through, version) for version in (4, 6)}
            if all(named.values()):
                return set(named.values())
            seen.append([str(probe) for probe in through])
        raise AssertionError(f"{host} accepts what is neither the old plan nor the new: {seen}")


def name_of(through: t.Iterable[Probe], version: int) -> str:
    ricoh, user = (RICOH, USER) if version == 4 else (RICOH6, USER6)
    accepted = {(one.source, one.port) for one in through if (":" in one.source) == (version == 6)}
    if accepted == set(itertools.product((RICOH, KONICA, USER) if version == 4 else (RICOH6, USER6), PORTS)):
        return "open"
    if accepted == {(ricoh, 5014), (ricoh, 9100)}:
        return "old"
    return "new" if accepted == {(ricoh, 5014), (user, 5017)} else ""


def spread(count: int, *, most: int) -> list[int]:
    """At most so many numbers from 1 to count, evenly."""
    if count <= most:
        return list(range(1, count + 1))
    return sorted({1 + round(position * (count - 1) / (most - 1)) for position in range(most)})
