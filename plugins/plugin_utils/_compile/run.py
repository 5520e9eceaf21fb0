# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The plan of the running playbook: compiled once, by whichever task asks first, and read by all others."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import pathlib
import typing as t

from ansible import constants

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import EstateError, closest
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import text_list

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan

Variables = t.Mapping[str, t.Any]


class RunPlan:
    """The plan as files in the run's own temporary folder, which Ansible removes at its end.

    A plan is compiled again where a host or a group came since, or where C(refresh) asks for it.
    """

    def __init__(self, variables: Variables, *, refresh: bool = False) -> None:
        self._folder = pathlib.Path(constants.DEFAULT_LOCAL_TMP, "printops-firewall", _fingerprint(variables["groups"]))
        self._ensure_compiled(variables, refresh=refresh)

    def whole(self) -> Plan:
        """The whole plan."""
        return t.cast("Plan", json.loads(self.file.read_text(encoding="utf-8")))

    def host(self, name: str) -> Plan:
        """One host's part of the plan, without reading the others'; empty for a host that runs no component."""
        file = self._host_file(name)
        return t.cast("Plan", json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}

    @property
    def file(self) -> pathlib.Path:
        """The text of the plan, as C(dump_plan) writes it; gone at the end of the run."""
        return self._folder / "plan.json"

    def _host_file(self, name: str) -> pathlib.Path:
        return self._folder / "hosts" / f"{hashlib.sha256(name.encode()).hexdigest()}.json"

    def _ensure_compiled(self, variables: Variables, *, refresh: bool) -> None:
        if self.file.exists() and not refresh:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with _exclusive(self._folder / "lock"):
            if self.file.exists() and not refresh:
                return
            plan, text = _compile(variables)
            hosts = self._folder / "hosts"
            hosts.mkdir(exist_ok=True)
            for stale in hosts.iterdir():
                stale.unlink()
            for name, part in plan["hosts"].items():
                self._host_file(name).write_text(json.dumps(part), encoding="utf-8")
            unfinished = self._folder / "plan.json.new"
            unfinished.write_text(text, encoding="utf-8")
            unfinished.rename(self.file)


def _fingerprint(groups: t.Mapping[str, t.Sequence[str]]) -> str:
    """Of groups and their hosts, the same in all processes of a run: each task of each host asks for it."""
    return f"{hash(tuple((group, *hosts) for group, hosts in groups.items())) & 0xFFFFFFFFFFFFFFFF:016x}"


def _compile(variables: Variables) -> tuple[Plan, str]:
    # Imported here, because most tasks of a run only read what one of them compiled.
    from ansible_collections.printops.firewall.plugins.plugin_utils._estate.hostvars import read_inventory
    from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import dump_plan

    from .plan import compile_plan

    plan = compile_plan(read_inventory(variables))
    return plan, dump_plan(plan)


@contextlib.contextmanager
def _exclusive(path: pathlib.Path) -> t.Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def host_parts(names: t.Sequence[str], variables: Variables, *, refresh: bool) -> list[Plan]:
    """The parts of the plan about the named hosts.

    Raises C(EstateError) for a name that is no host of the inventory.
    """
    known = variables["groups"]["all"]
    for name in text_list(names, place="the list of hosts", error=EstateError):
        if name not in known:
            raise EstateError(f"there is no host {name!r} in the inventory; {closest(name, known)}")
    run_plan = RunPlan(variables, refresh=refresh)
    return [run_plan.host(name) for name in names]
