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
LEAST_PATIENCE_SECONDS = 60
RETRY_SECONDS = 1.0
NEVER_CONNECTED = ("connect to host ", "Could not resolve", "Permission denied", "Host key verification failed")
"""What ssh says of a connection that there never was, so that nothing can have been changed over it."""
OVER_NETWORK = frozenset(["ssh", "paramiko", "paramiko_ssh", "libssh", "iap", "smart", "winrm", "psrp"])
"""The last parts of the names of connection plugins that come to the host by its network. With others a new connection
says nothing of the rules: those to containers (docker, podman, kubectl, lxd, incus, machinectl, nspawn), chroots and
jails, those of agents, and local."""
FINAL_STATES = ("confirmed", "restored", "unknown")

display = Display()


class ConfirmedChange(ActionBase):
    """A change of a host's firewall that the host takes back unless it is confirmed over a new connection.

    The change has left a timer on the host; the connection is then reset, so that it is confirmed over a new one: an
    established session proves nothing. Whether a change is kept is for the host alone to say.
    """

    TRANSFERS_FILES = False
    PROVIDER: t.ClassVar[str]
    LOST: t.ClassVar[tuple[type[Exception], ...]] = (AnsibleConnectionFailure,)
    """What the connection plugins of the provider's hosts raise where a connection is lost or cannot be had."""

    def change_and_confirm(
        self, change: t.Callable[[str], Result], *, again: t.Callable[[str], Result], seconds: int, variables: Variables
    ) -> Result:
        """Run C(change) with a new token, then have it confirmed; the whole result.

        C(again) gives, with the same token, the result of a change whose own was lost on its way.
        """
        token = uuid.uuid4().hex
        lost = ""
        try:
            result = change(token)
        except self.LOST as error:
            if any(sign in str(error) for sign in NEVER_CONNECTED):
                raise
            lost = f"the connection was lost while the rules were applied: {error}"
            result = {}
        if has_crashed(result):
            lost = "the module ended without an answer"
        if not lost and not result.get("pending"):
            return result
        until = time.monotonic() + seconds + max(seconds, LEAST_PATIENCE_SECONDS)
        state, detail = self._ask(token, until=until, variables=variables)
        if state == "unknown" and lost and not result:
            raise AnsibleConnectionFailure(f"{lost}; the host has not changed anything")
        if state != "confirmed":
            return {**result, **self._failure(state, detail, lost=lost, seconds=seconds)}
        if lost:
            display.vv(f"{self.PROVIDER}_rules: {lost}, but the host had changed everything")
            result = again(token)
        return {**result, "changed": True, "pending": False, "confirmed": True}

    def pending_change(self, token: str, *, want: str, variables: Variables) -> Result:
        """What the host answers about the change of this token; C(want) as the module C(pending_change) has it."""
        return self._execute_module(
            module_name="printops.firewall.pending_change",
            module_args={"provider": self.PROVIDER, "token": token, "want": want},
            task_vars=variables,
        )

    def _ask(self, token: str, *, until: float, variables: Variables) -> tuple[str, str]:
        """The final state that the host tells over a new connection, or nothing and why it could not be had."""
        problem = ""
        while time.monotonic() < until:
            try:
                self._connection.reset()
                answer = self.pending_change(token, want="confirmed", variables=variables)
                if answer.get("state") in FINAL_STATES:
                    return str(answer["state"]), _joined(problem, str(answer.get("detail") or ""))
                problem = str(answer.get("detail") or answer.get("msg", answer))
            except self.LOST as error:
                problem = str(error).strip()
            time.sleep(RETRY_SECONDS)
        return "", problem

    def _failure(self, state: str, detail: str, *, lost: str, seconds: int) -> Result:
        failure = {"failed": True, "rolled_back": state == "restored", "confirmed": False, "pending": False}
        if state == "restored" and lost:
            told = f"{lost}, so the host took its change back and is on its old rules ({detail})"
            return {**failure, "changed": False, "msg": f"{self.PROVIDER}_rules: {told}"}
        detail = _joined(lost, detail)
        if state == "restored":
            told = (
                f"no new connection reached the host within {seconds} s after its rules had changed, so the host took "
                f"them back and is on its old rules ({detail}). Allow the address that the host sees this controller "
                "(or its bastion) come from in printops_management."
            )
            return {**failure, "changed": False, "msg": f"{self.PROVIDER}_rules: {told}"}
        if state == "unknown":
            told = f"the host knows no change of this run any more, so see what it enforces ({detail})"
        else:
            told = f"the host does not answer although it takes unconfirmed changes back after {seconds} s: {detail}"
        return {**failure, "msg": f"{self.PROVIDER}_rules: the change could not be confirmed: {told}"}


class ConfirmedApply(ConfirmedChange):
    """Base of the action plugins whose one module does everything on the host; subclasses name it and its provider."""

    MODULE: t.ClassVar[str]

    def run(self, tmp: str | None = None, task_vars: Variables | None = None) -> Result:
        super().run(tmp, task_vars)
        variables = task_vars or {}
        arguments = dict(self._task.args)
        timeout = arguments.pop("confirm_timeout", DEFAULT_TIMEOUT)
        problem = timeout_problem(timeout)
        if problem:
            return {"failed": True, "msg": f"{self.PROVIDER}_rules: {problem}"}
        seconds = int(timeout)
        if self._task.check_mode or not seconds:
            arguments["confirm_timeout"] = 0
            return self._execute_module(module_name=self.MODULE, module_args=arguments, task_vars=variables)

        def change(token: str) -> Result:
            over_network = self._connection.transport.rpartition(".")[2] in OVER_NETWORK
            known = {"confirm_timeout": seconds, "confirm_token": token, "over_network": over_network}
            whole = {**arguments, **known}
            return self._execute_module(module_name=self.MODULE, module_args=whole, task_vars=variables)

        return self.change_and_confirm(change, again=change, seconds=seconds, variables=variables)


def has_crashed(result: Result) -> bool:
    """Whether this is Ansible's own account of a module that died, and none of the module."""
    return bool(result.get("failed")) and "module_stdout" in result


def timeout_problem(timeout: object) -> str:
    """What is wrong with a value of C(confirm_timeout); empty where nothing is."""
    if isinstance(timeout, bool) or not str(timeout).isdigit():
        return f"confirm_timeout is {timeout!r}; give seconds, or 0 to go without confirmation"
    if 0 < int(str(timeout)) < SHORTEST_TIMEOUT:
        return (
            f"confirm_timeout is {timeout}; give at least {SHORTEST_TIMEOUT} seconds, or 0 to go without confirmation"
        )
    return ""


def _joined(*reasons: str) -> str:
    return "; ".join(reason for reason in reasons if reason)
