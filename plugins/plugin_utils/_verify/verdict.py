# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The verdict on a probe, from what the prober and the listener at its destination saw."""

from __future__ import annotations

import typing as t

from .model import Door, Finding, Partaker, Place, Probe, Status, Verdict
from .seen import Attempt, Record, arrived, stopped_at

_PROHIBITED = {(4, 3, code) for code in (2, 3, 9, 10, 13)} | {(6, 1, code) for code in (1, 4, 5, 6)}
"""Family, type and code of ICMP by which a firewall refuses: port, protocol, administratively; of IPv6, policy too."""
_OF_THE_SOURCE = ("no_source", "barred", "no_way")
_PORT_UNREACHABLE = {(3, 3), (1, 4)}


def judge(probe: Probe, attempts: t.Sequence[Attempt], *, sender: Partaker, to: Partaker, record: Record) -> Finding:
    """The finding of all attempts of a probe; the first that failed says where."""
    door = to.doors.get((probe.protocol, probe.port or 0))
    if probe.destination in to.addresses and probe.destination not in to.own and not any(a.token for a in attempts):
        detail = f"the plan has {probe.destination} as {probe.to}, which has {', '.join(to.own)}"
        return Finding("mismatch", "destination", detail, "word", sent=len(attempts))
    why_not = _cannot_be_tried(probe, attempts, door)
    if why_not:
        return Finding("not_tried", detail=why_not)
    one_by_one = [_one(probe, attempt, door=door, sender=sender, to=to, record=record) for attempt in attempts]
    good = [one for one in one_by_one if one.verdict == "answered"]
    times = tuple(ms for one in good for ms in one.times_ms)
    bad = next((one for one in one_by_one if one.verdict != "answered"), None)
    again = [attempt for attempt in attempts if _was_sent_again(attempt)]
    if bad is None and not again:
        return Finding("answered", "", good[0].detail, good[0].proof, times, len(attempts))
    if bad is not None and (not good or bad.verdict not in ("dropped", "rejected")):
        return Finding(bad.verdict, bad.at, bad.detail, bad.proof, times, len(attempts))
    if bad is not None:
        at, lost = bad.at, f"{len(attempts) - len(good)} of {len(attempts)} new connections: {bad.detail}"
    else:
        at = _lost_at(again[0], record)
        lost = f"{len(again)} of {len(attempts)} new connections were answered only when they were tried again"
    return Finding("partly_answered", at, f"{lost}; a rate limit or a loss", good[0].proof, times, len(attempts))


def result_of(probe: Probe, finding: Finding) -> Status:
    """What a finding says of what was expected. Nothing that was stopped elsewhere says that the host would stop it."""
    if finding.verdict in ("not_tried", "silent"):
        return "unproven"
    if probe.expected == "allowed":
        return "pass" if finding.verdict == "answered" else "fail"
    if finding.verdict in ("answered", "partly_answered", "nothing_listens"):
        return "fail"
    is_stopped = finding.verdict in ("dropped", "rejected") and finding.at in ("destination", "unknown")
    return "pass" if is_stopped else "unproven"


def _cannot_be_tried(probe: Probe, attempts: t.Sequence[Attempt], door: Door | None) -> str:
    if not attempts:
        return "the time was over before it was tried"
    if probe.protocol != "icmp":
        if door is None:
            return f"nothing is known of {probe.what} on {probe.to}"
        if door.state == "failed":
            return f"nothing could stand in on {probe.what} of {probe.to}: {door.why}"
        if probe.is_heard_only and door.state != "ours":
            return f"{door.process or 'something'} holds {probe.what} on {probe.to}, and only a listener of ours tells"
    failed = next((one for one in attempts if one.outcome in ("error", "not_tried")), None)
    return (failed.detail or "it could not be tried") if failed else ""


def _was_sent_again(attempt: Attempt) -> bool:
    """A new connection whose first packet was lost is answered late, when the system tries again."""
    return (
        attempt.outcome in ("token", "accepted")
        and attempt.key.startswith("tcp")
        and (attempt.left is not None and attempt.left.begun > 1)
    )


def _lost_at(attempt: Attempt, record: Record) -> Place:
    seen = record.seen.get(attempt.key) if record.seen is not None else None
    if seen is None or attempt.left is None:
        return "unknown"
    return "destination" if seen.begun >= attempt.left.begun else "between"


def _one(
    probe: Probe, attempt: Attempt, *, door: Door | None, sender: Partaker, to: Partaker, record: Record
) -> Finding:
    if probe.is_heard_only:
        return _heard(probe, attempt, sender=sender, record=record)
    if attempt.outcome == "token":
        return _token(probe, attempt)
    if attempt.outcome == "accepted":
        return _accepted(probe, attempt, door=door, record=record)
    if attempt.outcome == "other":
        return Finding("reached_other", "between", attempt.detail or f"what answered is not {probe.to}", "token")
    if attempt.outcome in _OF_THE_SOURCE:
        return _kept_in(probe, attempt, sender=sender)
    if attempt.icmp is not None:
        return _icmp(probe, attempt, attempt.icmp, door=door, to=to)
    if attempt.outcome == "reset":
        return _reset(probe, attempt, door=door, record=record)
    return _silence(probe, attempt, door=door, record=record)


def _kept_in(probe: Probe, attempt: Attempt, *, sender: Partaker) -> Finding:
    """Of what the source itself does not send."""
    if attempt.outcome == "no_source":
        detail = f"{probe.source} is no address of {probe.host}, which has {', '.join(sender.own) or 'others'}"
        return Finding("mismatch", "source", detail)
    if attempt.outcome == "barred":
        return Finding("dropped", "source", f"the firewall of {probe.host} does not let it out", "word")
    return Finding("no_route", "source", f"{probe.host} has no way to {probe.destination}: {attempt.detail}", "word")


def _token(probe: Probe, attempt: Attempt) -> Finding:
    token = attempt.token or {}
    if token.get("host") != probe.to:
        detail = f"{token.get('host')} answered at {probe.destination}, which the plan has as {probe.to}"
        return Finding("mismatch", "between", detail, "token")
    if token.get("local") != probe.destination:
        detail = f"{probe.to} was reached at {token.get('local')}: something translates the destination on the way"
        return Finding("mismatch", "between", detail, "token")
    if token.get("peer") != probe.source:
        detail = (
            f"{probe.to} sees {token.get('peer')} in the place of {probe.source}: the source is translated on the way"
        )
        return Finding("mismatch", "between", detail, "token")
    return Finding("answered", "", f"answered by our listener on {probe.to}", "token", (attempt.ms,))


def _accepted(probe: Probe, attempt: Attempt, *, door: Door | None, record: Record) -> Finding:
    """By something that is not ours; where the host sees its packets, it must have seen these."""
    there = arrived(attempt, record)
    if there is False:
        return Finding("reached_other", "between", f"something answered, and nothing arrived at {probe.to}", "packets")
    who = f"{probe.to} itself" if probe.protocol == "icmp" else (door and door.process) or "what holds the port"
    return Finding("answered", "", f"answered by {who}", "packets" if there else "word", (attempt.ms,))


def _heard(probe: Probe, attempt: Attempt, *, sender: Partaker, record: Record) -> Finding:
    if attempt.key in record.taken:
        return Finding("answered", "", f"our listener on {probe.to} got it", "token", (attempt.ms,))
    if attempt.outcome in _OF_THE_SOURCE:
        return _kept_in(probe, attempt, sender=sender)
    at, told = stopped_at(attempt, record)
    return Finding("dropped", at, told, _proof_of(at))


def _icmp(probe: Probe, attempt: Attempt, message: tuple[int, int, str], *, door: Door | None, to: Partaker) -> Finding:
    kind, code, sender = message
    place = _place_of(probe, sender, to=to)
    if (6 if ":" in probe.destination else 4, kind, code) not in _PROHIBITED:
        detail = f"{sender} says that there is no way to {probe.destination} ({attempt.detail})"
        return Finding("no_route", place, detail, "packets")
    if (kind, code) in _PORT_UNREACHABLE and place == "destination" and _is_unbound(probe, door):
        return _nothing(probe, door)
    detail = f"a firewall at {sender} refuses it by ICMP ({attempt.detail})"
    return Finding("rejected", place, detail, "packets")


def _place_of(probe: Probe, sender: str, *, to: Partaker) -> Place:
    if sender == probe.source:
        return "source"
    return "destination" if sender in (probe.destination, *to.addresses) else "between"


def _reset(probe: Probe, attempt: Attempt, *, door: Door | None, record: Record) -> Finding:
    if attempt.left is not None and attempt.left.begun == 0:
        return Finding("rejected", "source", f"the firewall of {probe.host} answers with a reset", "packets")
    there = arrived(attempt, record)
    if there is False:
        return Finding("rejected", "between", "a reset came, and nothing arrived: something between answers", "packets")
    if not _is_unbound(probe, door):
        who = "our listener" if door and door.state == "ours" else (door and door.process) or "something"
        detail = f"{who} listens there, and a reset came: a firewall's"
        return Finding("rejected", "destination" if there else "unknown", detail, "packets" if there else "word")
    if there and record.resets_of_others and not record.resets_of_kernel:
        return Finding("rejected", "destination", f"the firewall of {probe.to} answers with a reset", "packets")
    return _nothing(probe, door)


def _is_unbound(probe: Probe, door: Door | None) -> bool:
    """Whether something holds the port, and not on the address that was tried."""
    return door is not None and door.state == "held" and not door.is_bound_to(probe.destination)


def _nothing(probe: Probe, door: Door | None) -> Finding:
    on = f"{door.process or 'something'} listens on {', '.join(door.addresses)} only" if door else "nothing listens"
    return Finding(
        "nothing_listens", "destination", f"{on}, and {probe.destination} answers that it is closed", "packets"
    )


def _silence(probe: Probe, attempt: Attempt, *, door: Door | None, record: Record) -> Finding:
    at, told = stopped_at(attempt, record)
    is_held_udp = probe.protocol == "udp" and door is not None and door.state == "held"
    if is_held_udp and at in ("destination", "unknown"):
        who = (door and door.process) or "what holds the port"
        return Finding("silent", at, f"{who} did not answer, which over UDP proves nothing", _proof_of(at))
    verdict: Verdict = "dropped"
    return Finding(verdict, at, told, _proof_of(at))


def _proof_of(at: Place) -> t.Literal["packets", "none"]:
    return "none" if at == "unknown" else "packets"
