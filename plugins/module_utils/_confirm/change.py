# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the rule modules of all providers share about changing a host: confirmation, and what earlier runs left."""

from __future__ import annotations

import contextlib
import pathlib
import time
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.management import (
    Connection,
    is_covered,
    is_in,
    live_connection,
    management_rules,
    ssh_ports,
    ways_in,
)

from .traces import PendingError, Snapshot, Traces

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.module_utils.basic import AnsibleModule

    from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import Rule

    from .found import FoundFile
    from .pending import Pending

CONFIRM_OPTIONS: dict[str, dict[str, t.Any]] = {
    "keep_connection": {"type": "bool", "default": True},
    "start": {"type": "bool", "default": False},
    "confirm_timeout": {"type": "int", "default": 60},
    "confirm_token": {"type": "str", "no_log": False},
}
NETWORK_OPTIONS: dict[str, dict[str, t.Any]] = {"over_network": {"type": "bool", "default": True}}
FOREIGN_OPTIONS: dict[str, dict[str, t.Any]] = {
    "foreign_rules": {"type": "str", "choices": ["report", "refuse"], "default": "report"},
    "as_found": {"type": "bool", "default": False},
}
POLL_SECONDS = 0.2
LEAST_PATIENCE_SECONDS = 60.0

Run = t.Callable[[list[str]], tuple[int, str, str]]
Warn = t.Callable[[str], None]


class ForeignError(Exception):
    """Rules of others are wider than the given ones, which the caller does not want; nothing was changed."""


class Change(t.NamedTuple):
    """One run's change of a host, confirmed by C(token) within C(seconds); C(session) is what the run came over.

    C(over_network) is false where the controller reaches the host without a network, as C(local) and C(chroot) do, and
    C(names_networks) tells whether networks that must get in are given.

    C(pending) loads what a run needs that changes something, or finds C(traces) of one that did.
    """

    traces: Traces
    pending: t.Callable[[], Pending]
    run: Run
    token: str | None
    seconds: int
    session: Connection | None
    keeps_session: bool
    acts: bool
    warn: Warn
    over_network: bool = True
    names_networks: bool = True

    @classmethod
    def of(cls, module: AnsibleModule, *, provider: str) -> Change:
        """The change that the module's parameters ask for."""

        def run(command: list[str]) -> tuple[int, str, str]:
            return module.run_command(command, handle_exceptions=False)

        def pending() -> Pending:
            from .pending import Pending

            return Pending(provider=provider, run=run)

        return cls(
            traces=Traces(provider=provider),
            pending=pending,
            run=run,
            token=module.params["confirm_token"],
            seconds=module.params["confirm_timeout"],
            session=live_connection(),
            keeps_session=module.params["keep_connection"],
            acts=not module.check_mode,
            warn=lambda text: module.warn(f"{provider}_rules: {text}"),
            over_network=module.params["over_network"],
            names_networks=bool(module.params["management"]) or getattr(module, "is_confirmed_by_hand", False),
        )

    @contextlib.contextmanager
    def alone(self, lock: t.Callable[[], contextlib.AbstractContextManager[None]]) -> t.Iterator[None]:
        """Hold the lock of the provider with no change of another run under way, after settling what crashes left.

        Nothing is waited for or settled while the lock is held, because taking a change back may need it. Raises
        C(PendingError) where another change waits for its confirmation for too long. In check mode nothing is settled
        or waited for.
        """
        patience_s = max(float(self.seconds), LEAST_PATIENCE_SECONDS)
        deadline = time.monotonic() + patience_s
        while True:
            pending = self.pending() if self.acts and self.traces.exist() else None
            if not (pending and pending.waits()):
                settled = pending.settle() if pending else None
                if settled:
                    self.warn(settled)
                with lock():
                    if not (self.acts and self.traces.are_of_a_change()):
                        yield
                        return
            if pending and time.monotonic() > deadline:
                raise PendingError(f"{pending.waited_for()} for {patience_s:.0f} s; nothing was changed, try later")
            time.sleep(POLL_SECONDS)

    def management(self, networks: t.Iterable[str]) -> tuple[Rule, ...]:
        """The rules that keep the way in open, and a warning where there are none; raises C(RuleError)."""
        rules = management_rules(
            networks=networks, connection=self.session if self.keeps_session else None, ports=self._ssh_ports
        )
        if not rules:
            why = "keep_connection is false" if self.session else "no SSH session of this run is seen"
            self.warn(f"no management network is given and {why}, so no rule of ours keeps a way in open")
        return rules

    def _ssh_ports(self) -> t.Sequence[int]:
        return (self.session.port,) if self.session else ssh_ports(self.run)

    def warn_if_a_way_in_goes(self, removed: t.Iterable[str], *, management: t.Iterable[Rule]) -> None:
        """Say so where an address that an earlier run came from can reach the SSH port no more."""
        left = [remote for rule in management for remote in rule.remotes]
        gone = [network for network in ways_in(removed) if not is_in(network, left)]
        if gone:
            self.warn(
                f"{', '.join(gone)} may not reach the SSH port any more: no management network, and not this run's"
            )

    def refuse_without_proof(self) -> None:
        """Raise C(PendingError) where a new connection would be confirmed that proves nothing; before anything is
        written."""
        proves = self.over_network and self.session
        if self.token and self.seconds and not (proves or self.names_networks):
            why = "no SSH session of it is seen" if self.over_network else "its connection goes over no network"
            raise PendingError(
                f"a new connection of this run would prove nothing, because {why}, and no network is named that must "
                "get in: set printops_management (management) to the networks of the administrators, or "
                "printops_confirm_timeout (confirm_timeout) to 0 to do without the confirmation; nothing was changed"
            )

    def guard(self, snapshot: Snapshot) -> contextlib.AbstractContextManager[None]:
        """Around the change: the host takes it back by itself unless it is confirmed."""
        session = str(self.session or "") if self.over_network else ""
        return self.pending().guard(token=self.token, seconds=self.seconds, snapshot=snapshot, session=session)

    def record(self, root: pathlib.Path) -> FoundFile:
        """How the provider of the host below C(root) was found."""
        from .found import FoundFile

        return FoundFile(provider=self.traces.provider, root=root)

    def warn_if_cut_off(self, rules: t.Iterable[Rule]) -> None:
        """Say so where none of the rules lets the controller in again."""
        if self.session is None or self.keeps_session or is_covered(self.session, rules):
            return
        protection = (
            f"only the confirmation within {self.seconds} s protects you from being locked out"
            if self.seconds
            else "and without confirm_timeout nothing takes that back"
        )
        self.warn(
            f"none of these rules lets {self.session.client}, which this run comes from, reach port "
            f"{self.session.port} again; {protection}"
        )

    def hear_foreign(self, wider: t.Sequence[str], *, refuse: bool) -> None:
        """Tell of rules of others that are wider than ours, or raise C(ForeignError)."""
        if wider and refuse:
            raise ForeignError(f"{'; '.join(wider)}; foreign_rules is refuse, so nothing was changed")
        for text in wider:
            self.warn(text)

    def result(self, *, acted: bool) -> dict[str, t.Any]:
        """What the action plugin must know to go on."""
        return {"pending": acted and bool(self.token and self.seconds)}
