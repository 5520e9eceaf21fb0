# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Apply rules, prove over a new connection that the host is still reachable, and only then keep them."""

from __future__ import annotations

import time
import typing as t
import uuid

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

Result = dict[str, t.Any]
Variables = dict[str, t.Any]

DEFAULT_TIMEOUT = 60
SHORTEST_TIMEOUT = 10
GRACE_SECONDS = 5
RETRY_SECONDS = 1.0

display = Display()


class ConfirmedApply(ActionBase):
    """Base of the action plugins that change a host's firewall; subclasses name their module and provider.

    The module is run once. Where it changed something, it has left a timer on the host that takes the
    change back; the connection is then reset, so that the change is confirmed over a new one: an
    established session survives every rule set, and proves nothing.
    """

    TRANSFERS_FILES = False
    MODULE: t.ClassVar[str]
    PROVIDER: t.ClassVar[str]

    def run(self, tmp: str | None = None, task_vars: Variables | None = None) -> Result:
        super().run(tmp, task_vars)
        variables = task_vars or {}
        arguments = dict(self._task.args)
        timeout = arguments.pop("confirm_timeout", DEFAULT_TIMEOUT)
        problem = _timeout_problem(timeout)
        if problem:
            return {"failed": True, "msg": f"{self.PROVIDER}_rules: {problem}"}
        seconds = int(timeout)
        if self._task.check_mode or not seconds:
            return self._execute_module(module_name=self.MODULE, module_args=arguments, task_vars=variables)
        return self._apply_and_confirm(arguments, seconds=seconds, variables=variables)

    def _apply_and_confirm(self, arguments: Result, *, seconds: int, variables: Variables) -> Result:
        token = uuid.uuid4().hex
        deadline = time.monotonic() + seconds
        try:
            result = self._execute_module(
                module_name=self.MODULE,
                module_args={**arguments, "confirm_timeout": seconds, "confirm_token": token},
                task_vars=variables,
            )
            if not result.get("pending"):
                return result
        except AnsibleConnectionFailure as error:
            display.vv(f"{self.PROVIDER}_rules: the connection was lost while applying: {error}")
            result = {"changed": True, "msg": "the connection was lost while the rules were applied"}
        state, problem = self._confirm(token, until=deadline, variables=variables)
        if state == "confirmed":
            return {**result, "pending": False, "confirmed": True}
        if not state:
            time.sleep(max(deadline - time.monotonic(), 0) + GRACE_SECONDS)
            state, problem = self._ask(token, want="status", until=time.monotonic() + seconds, variables=variables)
        return {**result, **self._failure(state, problem, seconds=seconds)}

    def _confirm(self, token: str, *, until: float, variables: Variables) -> tuple[str, str]:
        return self._ask(token, want="confirmed", until=until, variables=variables)

    def _ask(self, token: str, *, want: str, until: float, variables: Variables) -> tuple[str, str]:
        """The state the host tells over a new connection, or nothing and the last reason why it could not be asked."""
        problem = "there was no time left to ask"
        while time.monotonic() < until:
            try:
                self._connection.reset()
                answer = self._execute_module(
                    module_name="printops.firewall.pending_change",
                    module_args={"provider": self.PROVIDER, "token": token, "want": want},
                    task_vars=variables,
                )
                if answer.get("state"):
                    return str(answer["state"]), str(answer.get("when") or "")
                problem = str(answer.get("msg", answer))
            except AnsibleConnectionFailure as error:
                problem = str(error)
            time.sleep(RETRY_SECONDS)
        return "", problem

    def _failure(self, state: str, detail: str, *, seconds: int) -> Result:
        if state == "restored":
            return {
                "failed": True,
                "changed": False,
                "rolled_back": True,
                "confirmed": False,
                "pending": False,
                "msg": (
                    f"{self.PROVIDER}_rules: no new connection reached the host within {seconds} s after its rules had "
                    f"changed, so the host took them back ({detail}) and is on its old rules. Allow the address that "
                    "the host sees this controller (or its bastion) come from in printops_management."
                ),
            }
        return {
            "failed": True,
            "rolled_back": False,
            "confirmed": False,
            "msg": (
                f"{self.PROVIDER}_rules: the change could not be confirmed, and the host "
                + (
                    "knows of none: it was never made, or the host has been set up anew"
                    if state == "unknown"
                    else f"does not answer although it takes unconfirmed changes back after {seconds} s: {detail}"
                )
            ),
        }


def _timeout_problem(timeout: object) -> str:
    if isinstance(timeout, bool) or not str(timeout).isdigit():
        return f"confirm_timeout is {timeout!r}; give seconds, or 0 to go without confirmation"
    if 0 < int(str(timeout)) < SHORTEST_TIMEOUT:
        return (
            f"confirm_timeout is {timeout}; give at least {SHORTEST_TIMEOUT} seconds, or 0 to go without confirmation"
        )
    return ""
