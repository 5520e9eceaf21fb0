# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The plan of the running playbook: compiled, or read where one was approved, by whichever task asks first."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import json
import pathlib
import tempfile
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import (
    CombinedError,
    EstateError,
    PlanError,
    PrintopsError,
    closest,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._base.garbage import paused_garbage_collector
from ansible_collections.printops.firewall.plugins.plugin_utils._base.plain import first_template, plain
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import text_list
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.approved import read_approved
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.hosts import dump_hosts, read_hosts

from .kept import CURRENT, drawer_of, folder_of, newest

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan

Variables = t.Mapping[str, t.Any]


class RunPlan:
    """The plan as files in the run's own temporary folder, which Ansible removes at its end.

    A plan is compiled again where a host or a group came since, or where C(refresh) asks for it. Each time it gets a
    folder of its own, which takes the place of the last one when it is whole: who reads sees one of them, all of it.

    Where C(printops_plan_fingerprint) is given, it is that approved plan, and nothing is compiled. Raises C(PlanError)
    where it is another one, or none of this inventory or a part of it.
    """

    def __init__(self, variables: Variables, *, refresh: bool = False) -> None:
        self._approved = read_approved(functools.partial(_variable, variables=variables))
        approved = self._approved.fingerprint if self._approved else ""
        self._folder = folder_of(variables["groups"], approved=approved)
        self._generation = (None if refresh else newest(self._folder)) or self._compile(variables, refresh=refresh)

    def whole(self) -> Plan:
        """The whole plan."""
        return t.cast("Plan", json.loads(self.file.read_text(encoding="utf-8")))

    def host(self, name: str) -> Plan:
        """One host's part of the plan, without reading the others'; empty for a host that runs no component.

        Raises C(PlanError) where the part is not there.
        """
        try:
            parts = json.loads((self._generation / drawer_of(name)).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise PlanError(f"the plan of this run has no part for the host {name!r}: {error}") from error
        if name not in parts:
            raise PlanError(f"the plan of this run has no part for the host {name!r}")
        return t.cast("Plan", parts[name])

    @property
    def hosts_file(self) -> pathlib.Path:
        """The names of the plan's hosts, as hosts remember them; gone at the end of the run."""
        return self._generation / "hosts.json"

    def left(self, remembered: str) -> list[str]:
        """The hosts of a plan that was applied earlier, as C(hosts_file) had it, which this one does not have.

        Raises C(PlanError) where that is no such text. None is remembered in an empty one.
        """
        if not remembered.strip():
            return []
        return sorted({*read_hosts(remembered)} - {*read_hosts(self.hosts_file.read_text(encoding="utf-8"))})

    @property
    def file(self) -> pathlib.Path:
        """The text of the plan, as C(dump_plan) writes it; gone at the end of the run."""
        return self._generation / "plan.json"

    def _compile(self, variables: Variables, *, refresh: bool) -> pathlib.Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        with _exclusive(self._folder / "lock"):
            made_meanwhile = None if refresh else newest(self._folder)
            if made_meanwhile:
                return made_meanwhile
            groups = variables["groups"]
            with paused_garbage_collector():
                plan, text = self._approved.read(groups) if self._approved else (_compile(variables), "")
                return self._write(plan, text, hosts=groups["all"])

    def _write(self, plan: Plan, text: str, *, hosts: t.Iterable[str]) -> pathlib.Path:
        """Write the plan, whose C(text) is made where there is none yet, as a generation of its own."""
        # Imported here, because most tasks of a run only read what one of them compiled.
        from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import dump_host_parts, dump_plan

        generation = pathlib.Path(tempfile.mkdtemp(prefix="plan-", dir=self._folder))
        parts = dump_host_parts(plan)
        drawers: dict[str, list[str]] = {}
        for name in hosts:
            drawers.setdefault(drawer_of(name), []).append(f"{json.dumps(name)}: {parts.get(name, '{}')}")
        for drawer, texts in drawers.items():
            (generation / drawer).write_text(f"{{{', '.join(texts)}}}", encoding="utf-8")
        (generation / "hosts.json").write_text(dump_hosts(plan), encoding="utf-8")
        (generation / "plan.json").write_text(text or dump_plan(plan, host_texts=parts), encoding="utf-8")
        link = self._folder / f"{generation.name}.link"
        link.symlink_to(generation.name)
        link.rename(self._folder / CURRENT)
        return generation


def _variable(name: str, *, variables: Variables) -> object:
    """A variable of the task; of Ansible's C(hostvars), which templates and is slow, only where it is a template."""
    value = plain(variables.get(name))
    if not first_template(value):
        return value
    return plain(variables["hostvars"][variables["inventory_hostname"]][name])


def _compile(variables: Variables) -> Plan:
    # Imported here, because most tasks of a run only read what one of them compiled.
    from ansible_collections.printops.firewall.plugins.plugin_utils._estate.hostvars import read_inventory

    from .plan import compile_plan

    try:
        return compile_plan(read_inventory(variables))
    except PrintopsError as error:
        from ansible_collections.printops.firewall.plugins.plugin_utils._base.vaulted import (
            raw_variables,
            without_vaulted,
        )
        from ansible_collections.printops.firewall.plugins.plugin_utils._estate.sources import told

        text = without_vaulted("\n".join(told(error, variables["hostvars"])), raw_variables(variables))
        errors = [EstateError(line) for line in text.splitlines()]
        # What caused the cause says the same, and Ansible would say it again.
        raise (errors[0] if len(errors) == 1 else CombinedError(errors)) from None


@contextlib.contextmanager
def _exclusive(path: pathlib.Path) -> t.Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def compiled_parts(names: t.Sequence[str], variables: Variables, *, refresh: bool) -> list[Plan]:
    """The parts of the plan about the named hosts, which is made where it is not there.

    Raises C(EstateError) for a name that is no host of the inventory.
    """
    known = variables["groups"]["all"]
    for name in text_list(names, place="the list of hosts", error=EstateError):
        if name not in known:
            raise EstateError(f"there is no host {name!r} in the inventory; {closest(name, known)}")
    run_plan = RunPlan(variables, refresh=refresh)
    return [run_plan.host(name) for name in names]
