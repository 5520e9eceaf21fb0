# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rule modules share: waiting for other changes, settling what they left, and what the operator is told."""

from __future__ import annotations

import contextlib
import pathlib
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._confirm import change as _change
from ansible_collections.printops.firewall.plugins.module_utils._confirm.change import Change, ForeignError
from ansible_collections.printops.firewall.plugins.module_utils._confirm.pending import Pending
from ansible_collections.printops.firewall.plugins.module_utils._confirm.traces import PendingError, Snapshot, Traces
from ansible_collections.printops.firewall.plugins.module_utils._rules.management import Connection
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import Rule, parse_rules

OTHER = "-".join("o")
SESSION = Connection(client="192.0.2.7", port=22, client_port=40000)


def rules_from(*remotes: str, ports: t.Sequence[str] = ("22",)) -> tuple[Rule, ...]:
    raw = {"direction": "in", "protocol": "tcp", "ports": list(ports), "remotes": list(remotes), "flows": ["a/b/1"]}
    return parse_rules([raw])


class Scene:
    """A change on a host below a folder, with a clock of its own; C(said) are the warnings."""

    def __init__(self, root: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.said: list[str] = []
        self.locks = 0
        self.holds_lock = False
        self.now_s = 100.0
        self.on_sleep: t.Callable[[], None] = lambda: None
        monkeypatch.setattr(_change.time, "monotonic", lambda: self.now_s)
        monkeypatch.setattr(_change.time, "sleep", self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.now_s += max(seconds, 1.0)
        self.on_sleep()

    def run(self, _command: list[str]) -> tuple[int, str, str]:
        return 0, "", ""

    def pending(self) -> Pending:
        return Pending(provider="ufw", run=self.run, root=self.root, now=lambda: ("boot", self.now_s))

    @contextlib.contextmanager
    def lock(self) -> t.Iterator[None]:
        self.locks += 1
        self.holds_lock = True
        try:
            yield
        finally:
            self.holds_lock = False

    def change(self, **given: t.Any) -> Change:
        values: dict[str, t.Any] = {
            "token": "t",
            "seconds": 30,
            "session": SESSION,
            "keeps_session": False,
            "acts": True,
            **given,
        }
        return Change(
            pending=self.pending,
            run=self.run,
            traces=Traces(provider="ufw", root=self.root),
            warn=self.said.append,
            **values,
        )

    def leave_waiting(self, *, seconds: int) -> None:
        with self.pending().guard(token=OTHER, seconds=seconds, snapshot=Snapshot(files={}, load=[])):
            pass


@pytest.fixture(name="scene")
def scene_fixture(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(tmp_path, monkeypatch)


def test_where_nothing_waits_the_lock_is_taken_once(scene: Scene) -> None:
    with scene.change().alone(scene.lock):
        pass
    assert (scene.locks, scene.said, scene.now_s) == (1, [], 100.0)


def test_a_change_of_another_run_is_waited_for_without_the_lock(scene: Scene) -> None:
    scene.leave_waiting(seconds=900)
    scene.on_sleep = lambda: t.cast("None", scene.pending().confirm(OTHER))
    with scene.change().alone(scene.lock):
        assert scene.holds_lock
    assert scene.locks == 1


@pytest.mark.parametrize(("seconds", "patience_s"), [(30, 60), (300, 300)])
def test_it_is_not_waited_for_for_ever(scene: Scene, seconds: int, patience_s: int) -> None:
    scene.leave_waiting(seconds=900)
    with (
        pytest.raises(PendingError, match=f"waiting for its confirmation for {patience_s} s; nothing was changed"),
        scene.change(seconds=seconds).alone(scene.lock),
    ):
        pytest.fail("two changes at the same time")
    assert patience_s < scene.now_s - 100 < patience_s + 3


def test_check_mode_neither_waits_nor_settles(scene: Scene) -> None:
    scene.leave_waiting(seconds=900)
    with scene.change(acts=False).alone(scene.lock):
        pass
    assert scene.pending().token() == OTHER


def test_what_an_interrupted_run_left_is_settled_without_the_lock_and_said(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def settle(_pending: Pending) -> str:
        assert not scene.holds_lock, "what is settled may need it"
        (scene.root / "var/lib/printops-firewall/ufw/pending").rename(scene.root / "settled")
        return "it was taken back"

    monkeypatch.setattr(Pending, "settle", settle)
    scene.leave_waiting(seconds=-900)
    with scene.change().alone(scene.lock):
        assert scene.holds_lock
        assert scene.said == ["it was taken back"]


def test_what_cannot_be_settled_is_not_tried_for_ever(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pending, "settle", lambda _pending: None)
    scene.leave_waiting(seconds=-900)
    with pytest.raises(PendingError, match="for 60 s; nothing was changed"), scene.change().alone(scene.lock):
        pytest.fail("the change is still there")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "only the confirmation within 30 s protects you"),
        ({"seconds": 0}, "and without confirm_timeout nothing takes that back"),
        ({"keeps_session": True}, ""),
        ({"session": None}, ""),
    ],
)
def test_a_plan_that_cuts_the_run_off_is_told(scene: Scene, given: dict[str, t.Any], expected: str) -> None:
    change = scene.change(**given)
    change.warn_if_cut_off(rules_from("198.51.100.0/24"))
    change.warn_if_cut_off(rules_from("192.0.2.0/24", ports=["443"]))
    change.warn_if_cut_off(rules_from("192.0.2.0/24", ports=["20-30"]))
    assert len(scene.said) == (2 if expected else 0)
    assert all(expected in text and "192.0.2.7" in text for text in scene.said)


@pytest.mark.parametrize("place", ["pending", "restoring", "script", "service", "wanted"])
def test_each_trace_of_a_change_is_one(place: str, tmp_path: pathlib.Path) -> None:
    traces = Traces(provider="ufw", root=tmp_path)
    assert not traces.exist()
    path = getattr(traces, place)
    path.parent.mkdir(parents=True)
    path.symlink_to("../nowhere") if place == "wanted" else path.touch()
    assert traces.exist()


@pytest.mark.parametrize(("outcome", "expected"), [("t restored 12:00 timeout", True), ("t confirmed", False)])
def test_only_an_outcome_that_nobody_was_told_is_a_trace(outcome: str, expected: bool, tmp_path: pathlib.Path) -> None:
    traces = Traces(provider="ufw", root=tmp_path)
    traces.memory.mkdir(parents=True)
    traces.outcome.write_text(f"{outcome}\n")
    assert traces.exist() is expected


def test_only_a_kept_connection_gets_a_rule(scene: Scene) -> None:
    assert scene.change().management([]) == ()
    assert scene.said == [
        "no management network is given and keep_connection is false, so no rule of ours keeps a way in open"
    ]
    assert [str(rule.remotes[0]) for rule in scene.change(keeps_session=True).management([])] == ["192.0.2.7/32"]


def test_without_a_session_management_reaches_the_ports_that_sshd_has(scene: Scene) -> None:
    said = "port 22\nlistenaddress [::]:2222\nlistenaddress 0.0.0.0:2222\nlistenaddress 192.0.2.1:22222\n"
    scene.run = lambda _command: (0, said, "")  # type: ignore[method-assign]
    (rule,) = scene.change(session=None).management(["192.0.2.0/28"])
    assert [ports.first for ports in rule.ports] == [2222, 22222]
    (usual,) = scene.change(session=SESSION._replace(port=2022)).management(["192.0.2.0/28"])
    assert [ports.first for ports in usual.ports] == [2022]
    assert scene.change(session=None).management([]) == ()
    assert "no SSH session of this run is seen" in scene.said[-1]


def test_a_way_in_that_goes_is_told(scene: Scene) -> None:
    removed = [
        "allow in tcp 22 from 198.51.100.7 [management-connection]",
        "allow in tcp 22 from 192.0.2.9 [management-connection]",
        "allow in tcp 443 from 203.0.113.0/24 [a/b/1]",
    ]
    scene.change().warn_if_a_way_in_goes(removed, management=rules_from("192.0.2.0/24"))
    (said,) = scene.said
    assert said.startswith("198.51.100.7 may not reach the SSH port any more")


def test_wide_foreign_rules_are_told_or_refused(scene: Scene) -> None:
    scene.change().hear_foreign(["one", "two"], refuse=False)
    assert scene.said == ["one", "two"]
    scene.change().hear_foreign([], refuse=True)
    with pytest.raises(ForeignError, match="one; two; foreign_rules is refuse, so nothing was changed"):
        scene.change().hear_foreign(["one", "two"], refuse=True)


@pytest.mark.parametrize(
    ("token", "seconds", "acted", "pending"),
    [("t", 30, True, True), ("t", 30, False, False), (None, 30, True, False), ("t", 0, True, False)],
)
def test_only_an_armed_change_is_to_be_confirmed(
    scene: Scene, token: str | None, seconds: int, *, acted: bool, pending: bool
) -> None:
    change = scene.change(token=token, seconds=seconds)
    if acted:
        with change.guard(Snapshot(files={}, load=[])):
            pass
    assert change.result(acted=acted) == {"pending": pending}
    assert (scene.pending().token() == "t") is pending


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, ""),
        ({"session": None, "names_networks": True}, ""),
        ({"session": None, "token": None}, ""),
        ({"session": None, "seconds": 0}, ""),
        ({"session": None}, "because no SSH session of it is seen, and no network is named"),
        ({"over_network": False}, "because its connection goes over no network, and no network is named"),
        ({"over_network": False, "names_networks": True}, ""),
    ],
)
def test_a_connection_that_proves_nothing_needs_networks_that_must_get_in(
    scene: Scene, given: dict[str, t.Any], told: str
) -> None:
    change = scene.change(**{"names_networks": False, **given})
    if told:
        with pytest.raises(PendingError, match=f"{told}.*printops_confirm_timeout .confirm_timeout. to 0"):
            change.refuse_without_proof()
    else:
        change.refuse_without_proof()


def test_a_session_that_a_local_run_inherits_is_not_the_one_that_may_not_confirm(scene: Scene) -> None:
    with scene.change(over_network=False).guard(Snapshot(files={}, load=[])):
        pass
    assert scene.pending().confirm("t", session=str(SESSION))[0] == "confirmed"
