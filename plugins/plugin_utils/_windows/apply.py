# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Bring a Windows host's firewall to given rules: read it, work out the steps here, have the host carry them out."""

from __future__ import annotations

import gc
import json
import pathlib
import time
import typing as t

from ansible.errors import AnsibleConnectionFailure, AnsibleError

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import RuleError
from ansible_collections.printops.firewall.plugins.plugin_utils._apply.confirmed import (
    DEFAULT_TIMEOUT,
    LEAST_PATIENCE_SECONDS,
    ConfirmedChange,
    Result,
    Variables,
    has_crashed,
    timeout_problem,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._base.plain import plain

from .arguments import checked, literal_rules
from .limits import REMOTING_PORTS
from .record import GROUP, WindowsError
from .state import State
from .survey import Survey, survey
from .turning import turning, turns
from .way_in import own_addresses

STATE = "printops.firewall.windows_defender_info"
CHANGE = "printops.firewall.windows_defender_change"
PENDING = "printops.firewall.windows_defender_pending"
RESTORE_SCRIPT, RESTORE_MODULES = "restore.ps1", "Firewall*.psm1"
MOST_READS = 4
POLL_SECONDS = 2.0
EXCEPT = ", except: "
"""In the detail of a change that was taken back: what follows could not be."""
_SSH_PORT = 22
_PLAIN_PORT, _SECURE_PORT = REMOTING_PORTS


class WindowsRules(ConfirmedChange):
    """One call to read; a second to write where something is to change; a third, over a new connection, to keep it."""

    PROVIDER = "windows_defender"
    LOST = (Exception,)
    """The connection plugins let errors of the libraries below them through. After a write the host must be asked."""

    _supports_check_mode = True

    @classmethod
    def finalize_task_arg(cls, name: str, value: t.Any, templar: t.Any, context: t.Any) -> t.Any:
        """An argument as the task is to have it. Called by ansible-core 2.19 and later, which template it otherwise.

        It is experimental there. Where it is not called, the rules arrive templated, as a list.
        """
        rules = literal_rules(value, templar=templar) if name == "rules" else ""
        if rules:
            return rules
        try:
            inherited = super().finalize_task_arg
        except AttributeError:
            return templar.template(value)
        return inherited(name, value, templar, context)

    def run(self, tmp: str | None = None, task_vars: Variables | None = None) -> Result:
        super().run(tmp, task_vars)
        variables = task_vars or {}
        # A worker is a fork that ends with its task. A full collection of garbage would write to all that it has
        # inherited, and so copy that memory: more work for one host than to compare hundreds of rules.
        gc.freeze()
        # The task goes back with its result, and rules of the kinds that Ansible has for its own take longest of all.
        self._task.args = plain(self._task.args)
        problem = self._not_windows() or timeout_problem(self._task.args.get("confirm_timeout", DEFAULT_TIMEOUT))
        if problem:
            return {"failed": True, "msg": f"windows_defender_rules: {problem}"}
        try:
            return self._bring_about(checked(self._task.args), variables=variables)
        except (WindowsError, RuleError) as error:
            host = variables.get("inventory_hostname", "the host")
            return {"failed": True, "changed": False, "msg": f"windows_defender_rules: {host}: {error}"}

    def _bring_about(self, params: Result, *, variables: Variables) -> Result:
        seconds = params["confirm_timeout"]
        result: Result = {}
        for _attempt in range(MOST_READS):
            answer = self._read(
                patience=max(seconds, LEAST_PATIENCE_SECONDS),
                outgoing=params["state"] == "present" and params["egress"] == "enforce",
                variables=variables,
            )
            if answer.get("failed"):
                return {**answer, "changed": False}
            state = State.of(answer)
            waits = _waits(answer)
            plan = survey(params, state, port=self._port(), own=self._own_addresses())
            plan = self._with_turning(plan, state, variables=variables)
            told = _told(plan, answer)
            if waits and not plan.operations and not self._task.check_mode:
                raise WindowsError(f"{waits}; this run changed nothing, run it again when that is settled")
            if self._task.check_mode or not plan.operations:
                return {**plan.result, "pending": False, **told}
            result = self._write(plan, state=state, seconds=seconds, variables=variables)
            if not result.get("stale"):
                repaired = result.pop("repaired", "")
                told["warnings"] += [f"windows_defender_rules: {repaired}"] if repaired else []
                return {**result, **told}
        raise WindowsError(
            f"somebody else changed the rules of the firewall after each of {MOST_READS} readings; nothing was "
            "changed, try again later"
        )

    def _with_turning(self, plan: Survey, state: State, *, variables: Variables) -> Survey:
        """The plan with what it cuts off or lays open, where it turns the firewall on or off: that takes a reading."""
        if not turns(plan, state):
            return plan
        answer = self._ask_for_state({"group": GROUP, "listeners": True}, variables=variables)
        ports = {self._port(), *(one.port for one in state.connections)}
        text = turning(plan, state, listeners=answer.get("listeners", ()), ports=ports, done=not self._task.check_mode)
        return plan._replace(warnings=(*plan.warnings, text), result={**plan.result, "turned": text})

    def _read(self, *, patience: float, outgoing: bool, variables: Variables) -> Result:
        """The host's answer, once no change of another run waits for its confirmation, or after C(patience) seconds."""
        deadline = time.monotonic() + patience
        while True:
            ports = sorted({self._port(), *REMOTING_PORTS})
            asked = {"group": GROUP, "management_ports": ports, "outgoing": outgoing}
            answer = self._ask_for_state(asked, variables=variables)
            if not _waits(answer) or self._task.check_mode or time.monotonic() > deadline:
                return answer
            time.sleep(POLL_SECONDS)

    def _ask_for_state(self, arguments: Result, *, variables: Variables) -> Result:
        try:
            return self._execute_module(module_name=STATE, module_args=arguments, task_vars=variables)
        except AnsibleError:
            raise
        except Exception as error:
            raise AnsibleConnectionFailure(
                f"the connection was lost while the firewall was read: {error}; nothing was changed"
            ) from error

    def _write(self, plan: Survey, *, state: State, seconds: int, variables: Variables) -> Result:
        """The whole result of carrying the steps out; C(stale) where the rules were not those that were read."""
        arguments = {
            "group": GROUP,
            "state_id": state.answer["state_id"],
            "operations": "\n".join(json.dumps(step.as_json()) for step in plan.operations),
            "confirm_timeout": seconds,
            "session": list(state.answer["connections"]),
            "restore_files": restore_files() if seconds else {},
        }

        def change(token: str) -> Result:
            whole = {**arguments, "token": token} if token else arguments
            answer = self._execute_module(module_name=CHANGE, module_args=whole, task_vars=variables)
            return self._outcome(plan, answer, token=token, variables=variables)

        if not seconds:
            return change("")
        return self.change_and_confirm(
            change, again=lambda _token: dict(plan.result), seconds=seconds, variables=variables
        )

    def _outcome(self, plan: Survey, answer: Result, *, token: str, variables: Variables) -> Result:
        if has_crashed(answer) or answer.get("stale"):
            return answer
        if answer.get("failed"):
            is_as_before, left = answer.get("undone", True), ""
            if answer.get("pending") and not is_as_before:
                left = self._take_back(token, variables=variables)
                is_as_before = not left
            return {**answer, "changed": not is_as_before, "pending": False, "msg": f"{answer.get('msg', '')}{left}"}
        more = {"pending": bool(answer.get("pending")), "repaired": answer.get("repaired", "")}
        return {**plan.result, "changed": True, **more}

    def _take_back(self, token: str, *, variables: Variables) -> str:
        """Have a change taken back now that failed half-way; what is still to be told of it."""
        try:
            answer = self.pending_change(token, want="restored", variables=variables)
        except self.LOST as error:
            answer = {"msg": str(error)}
        if answer.get("state") == "restored":
            detail = str(answer.get("detail") or "")
            return f"; it was taken back ({detail})" if EXCEPT in detail else ""
        return f"; the host takes everything back by itself ({answer.get('detail') or answer.get('msg', '')})"

    def pending_change(self, token: str, *, want: str, variables: Variables) -> Result:
        return self._execute_module(
            module_name=PENDING, module_args={"token": token, "want": want}, task_vars=variables
        )

    def _not_windows(self) -> str:
        """What is wrong with a host that is reached as something else; empty where nothing is."""
        if getattr(getattr(self._connection, "_shell", None), "_IS_WINDOWS", True):
            return ""
        return (
            f"the host is not reached as Windows, but over {getattr(self._connection, 'transport', '?')}: set "
            "ansible_connection to winrm or psrp, or ansible_shell_type to powershell for SSH, or another provider"
        )

    def _own_addresses(self) -> frozenset[str]:
        host = _option(self._connection, "remote_addr") or _option(self._connection, "host")
        return own_addresses(str(host), port=self._port()) if host else frozenset()

    def _port(self) -> int:
        """The port of the host that the connection plugin connects to."""
        given = _option(self._connection, "port")
        if given:
            return int(given)
        if getattr(self._connection, "transport", "") == "ssh":
            return _SSH_PORT
        return _PLAIN_PORT if _option(self._connection, "protocol") == "http" else _SECURE_PORT


def restore_files() -> dict[str, str]:
    """What the scheduled task of a host runs to take a change back: names to contents."""
    folder = pathlib.Path(__file__).parents[2] / "module_utils" / "_windows"
    files = [folder / RESTORE_SCRIPT, *sorted(folder.glob(RESTORE_MODULES))]
    return {file.name: file.read_text(encoding="utf-8") for file in files}


def _option(connection: t.Any, name: str) -> t.Any:
    try:
        return connection.get_option(name)
    except (KeyError, AnsibleError):
        return None


def _waits(answer: Result) -> str:
    """What to say of a change of somebody else that is neither confirmed nor taken back; empty where none is."""
    pending = answer.get("pending", {})
    if pending.get("state") != "pending":
        return ""
    return f"a change of another run waits to be confirmed or taken back ({pending.get('detail', '')})"


def _told(plan: Survey, answer: Result) -> dict[str, list[str]]:
    """Everything to warn of, what the host's own module warned of too."""
    waits = _waits(answer)
    told = [f"windows_defender_rules: {text}" for text in (*plan.warnings, *([waits] if waits else []))]
    pending = answer.get("pending", {})
    if pending.get("state") == "restored":
        told.append(
            "windows_defender_rules: the host took an unconfirmed change of an earlier run back "
            f"({pending.get('detail', '')})"
        )
    return {"warnings": [*answer.get("warnings", ()), *told]}
