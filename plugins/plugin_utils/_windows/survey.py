# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a run would do on a Windows host, worked out before anything is done, and what it tells of it."""

from __future__ import annotations

import collections.abc as c
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import egress_of
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    RULE_OPTIONS,
    Rule,
    diff_rules,
    parse_rules,
)

from .compare import Operation, compare
from .foreign import findings
from .lines import differences, record_lines
from .outgoing import Outgoing, forgotten, out_of_reach, outgoing
from .record import (
    PROFILES,
    Record,
    WindowsError,
    profile_bits,
)
from .rules import desired_records
from .state import Live, Profile, State
from .truth import (
    Wishes,
    failures,
    stopped,
    unheard,
    warnings,
)
from .way_in import (
    after,
    cut_off,
    live_connections,
    not_sure,
    unnamed,
    way_in,
)

PROFILE_KEYS = ("enabled", "default_inbound", "default_outbound")
_LOOSE = {"enabled": False, "default_inbound": "allow", "default_outbound": "allow"}
_OUTBOUND = "default_outbound"
HEADER = "Windows Defender Firewall rules of printops.firewall"
Params = t.Mapping[str, t.Any]


class Survey(t.NamedTuple):
    """C(operations) to carry out, none where everything is right; what to warn of; the result but for the outcome.

    C(rules) are those that the host is to have, without the way in.
    """

    operations: tuple[Operation, ...]
    warnings: tuple[str, ...]
    result: t.Mapping[str, t.Any]
    rules: tuple[Rule, ...] = ()


def survey(params: Params, state: State, *, port: int, own: t.Collection[str] = ()) -> Survey:
    """Hold the host against the parameters, which came over C(port) from one of the controller's C(own) addresses.

    Raises C(WindowsError) or C(RuleError) where the rules would have no effect, would cut the run off, or are wrong.
    """
    if params["state"] == "absent":
        return _absent(params, state, live=live_connections(state.connections, port=port, own=own))
    rules, wishes = _rules(params), Wishes.of(params)
    live = live_connections(state.connections, port=port, own=own)
    kept = live if params["keep_connection"] else ()
    management = way_in(networks=params["management"], live=kept, port=live[0].port if live else port)
    _refuse(failures(state, wishes))
    egress = egress_of(params, rules=rules, management=())
    let_out = egress.rules if egress else None
    _refuse(_cut_from_domain(params, state, let_out))
    desired = desired_records(rules, management=management, profiles=profile_bits(params["profiles"]), egress=let_out)
    released = _released(state, wishes)
    profiles = _profiles(state, wishes, released)
    remedy = "name its network in management, or leave keep_connection on"
    _refuse_to_cut_off(state, live=live, rules=desired, profiles=profiles, remedy=remedy)
    given = (*management, *rules)
    where = {
        "profiles": [PROFILES[name] for name in state.current if state.profiles[name].enabled],
        "policies_only": [PROFILES[name] for name, one in state.profiles.items() if not one.local_rules_apply],
    }
    found = findings(given, others=state.others, **where)
    leaves = outgoing(let_out, others=state.others, **where) if let_out is not None else Outgoing()
    wider = (*found.wider, *leaves.wider)
    if wider and params["foreign_rules"] == "refuse":
        raise WindowsError(f"{'; '.join(wider)}; foreign_rules is refuse, so nothing was changed")
    told = [*warnings(state, wishes), *unheard(state, wishes, rules), *wider, *found.limited]
    told += [*found.blocked, *leaves.blocked, *found.unread, *leaves.unread]
    told += _forgotten(state, profiles, let_out)
    doubt = not_sure(state, live=live, rules=desired, profiles=profiles)
    clients = unnamed(params["management"], kept)
    if len(clients) > 1:
        told.append(
            f"which of {' and '.join(clients)} this run comes from cannot be told, so all of them are let in for good: "
            "name the networks of your controllers in management and set keep_connection to false"
        )
    if doubt:
        told.append(f"it is not certain that a run can come in again: {doubt}; {_protection(params)}")
    plan = _of(
        state,
        desired=desired,
        profiles=profiles,
        settings=_own_settings(profiles, released),
        told=told,
        last=_releases(released),
        more={
            "rules": sum(rule.direction == "in" for rule in rules),
            "management": [str(remote) for rule in management for remote in rule.remotes],
            "foreign": [*wider, *found.limited],
            "blocked": [*found.blocked, *leaves.blocked],
        },
    )
    return plan._replace(rules=rules)


def _absent(params: Params, state: State, *, live: t.Sequence[Live]) -> Survey:
    _refuse(stopped(state))
    forgets = params["as_found"] and state.found is not None
    released = _released(state, None)
    settings = state.found if forgets and state.found else {name: {_OUTBOUND: one} for name, one in released.items()}
    profiles = {name: _as_found(one, settings.get(name, {})) for name, one in state.profiles.items()}
    remedy = "enable the rule that Windows has for its remote management, or one of your own, first"
    _refuse_to_cut_off(state, live=live, rules=(), profiles=profiles, remedy=remedy)
    more: dict[str, t.Any] = {"rules": 0, "management": [], "foreign": [], "blocked": []}
    last = [Operation(do="forget")] if forgets else _releases(released)
    return _of(state, desired=(), profiles=profiles, settings=settings, told=[], more=more, last=last)


def _protection(params: Params) -> str:
    seconds = int(params["confirm_timeout"])
    if seconds:
        return f"only the confirmation within {seconds} s protects you from being locked out"
    return "and without confirm_timeout nothing takes the change back"


def _rules(params: Params) -> tuple[Rule, ...]:
    for index, raw in enumerate(params["rules"]):
        if not isinstance(raw, c.Mapping):
            raise WindowsError(
                f"rules[{index}] is {raw!r}; a rule is a mapping with the keys {', '.join(RULE_OPTIONS)}"
            )
    return parse_rules([raw if None not in raw.values() else _without_none(raw) for raw in params["rules"]])


def _without_none(raw: Params) -> Params:
    return {key: value for key, value in raw.items() if value is not None}


def _of(
    state: State,
    *,
    desired: t.Sequence[Record],
    profiles: t.Mapping[str, Profile],
    settings: t.Mapping[str, t.Mapping[str, t.Any]],
    told: t.Sequence[str],
    more: Params,
    last: t.Sequence[Operation] = (),
) -> Survey:
    changes = _profile_changes(state, settings)
    opens, closes = _opening_and_closing(changes)
    operations = (*opens, *compare(desired=desired, existing=state.rules), *closes, *last)
    had = [line for record in state.rules for line in record_lines(record)] if operations else []
    to_have = [line for record in desired for line in record_lines(record)] if operations else []
    added, removed = differences(had, to_have)
    stays = differences(added, to_have)[0]
    before = [*stays, *removed, *_unseen(operations if not (added or removed) else ())]
    before += _profile_lines(changes, state.profiles)
    now = [*to_have, *_profile_lines(changes, profiles)]
    enabled = [step.values["enabled"] for step in changes if "enabled" in step.values]
    result = {
        "changed": bool(operations),
        "added": added,
        "removed": removed,
        "running": all(profiles[name].enabled for name in state.current),
        "started": True in enabled,
        "stopped": False in enabled,
        "turned": "",
        "diff": diff_rules(before=before, after=now, header=HEADER),
        **more,
    }
    return Survey(operations=operations, warnings=tuple(told), result=result)


def _profile_changes(state: State, settings: t.Mapping[str, t.Mapping[str, t.Any]]) -> list[Operation]:
    """What to set on the host of profiles, those of the networks that it is in last; what opens by itself."""
    steps = []
    for name in sorted(settings, key=lambda name: (name in state.current, list(PROFILES).index(name))):
        was = state.local_profiles[name]
        values = {key: value for key, value in settings[name].items() if was[key] != value}
        for is_loose in (True, False):
            some = {key: value for key, value in values.items() if (_LOOSE[key] == value) == is_loose}
            if some:
                steps.append(Operation(do="profile", profile=name, values=some))
    return steps


def _profiles(state: State, wishes: Wishes, released: t.Mapping[str, str]) -> dict[str, Profile]:
    return {
        name: one._replace(default_outbound=released[name])
        if name in released and "default_outbound" not in one.set_by
        else one
        for name, one in after(state, wishes).items()
    }


def _opening_and_closing(changes: t.Iterable[Operation]) -> tuple[list[Operation], list[Operation]]:
    changes = list(changes)
    return [step for step in changes if _is_loose(step)], [step for step in changes if not _is_loose(step)]


def _is_loose(step: Operation) -> bool:
    return all(_LOOSE[key] == value for key, value in step.values.items())


def _released(state: State, wishes: Wishes | None) -> dict[str, str]:
    """What is found again of profiles out of which a run of ours let nothing, and which are not to be so any more."""
    enclosed = wishes.profiles if wishes and wishes.encloses else ()
    found = state.found or {}
    return {
        name: found[name][_OUTBOUND] for name in PROFILES if _OUTBOUND in found.get(name, {}) and name not in enclosed
    }


def _releases(released: t.Iterable[str]) -> list[Operation]:
    return [Operation(do="release", profile=name, setting=_OUTBOUND) for name in released]


def _cut_from_domain(params: Params, state: State, let_out: t.Sequence[Rule] | None) -> list[str]:
    if let_out is None:
        return []
    why = out_of_reach(state.domain, let_out, is_named=bool(params["egress_domain"]))
    return (
        [
            f"egress is enforce, and {why}: nobody of the domain could sign in here any more, the next run "
            "included. Name the networks of its controllers in egress_domain"
        ]
        if why
        else []
    )


def _forgotten(state: State, profiles: t.Mapping[str, Profile], let_out: t.Sequence[Rule] | None) -> list[str]:
    """Told once, when what leaves begins to be restricted."""
    begins = any(
        one.default_outbound == "block" != state.profiles[name].default_outbound for name, one in profiles.items()
    )
    left = forgotten(let_out or ()) if begins else []
    return [f"no rule lets out what Windows itself reaches for {'; '.join(left)}: see egress_extra"] if left else []


def _own_settings(profiles: t.Mapping[str, Profile], released: t.Mapping[str, str]) -> dict[str, dict[str, t.Any]]:
    """What the host itself is to have set, so that the profiles are these; nothing of what a policy sets."""
    return {
        name: {
            **{key: getattr(one, key) for key in PROFILE_KEYS if key not in one.set_by},
            **({_OUTBOUND: released[name]} if name in released else {}),
        }
        for name, one in profiles.items()
    }


def _unseen(operations: t.Iterable[Operation]) -> list[str]:
    """Lines for what is put right though no line of a rule tells it."""
    return [f"{step.name} was edited" for step in operations if step.do in ("rename", "set", "remove")]


def _profile_lines(changes: t.Iterable[Operation], profiles: t.Mapping[str, Profile]) -> list[str]:
    words = {True: "on", False: "off"}
    return [
        f"profile {name}: {words[profiles[name].enabled]}, {profiles[name].default_inbound} in"
        + (", block out" if profiles[name].default_outbound == "block" else "")
        for name in dict.fromkeys(step.profile for step in changes)
    ]


def _as_found(one: Profile, was: t.Mapping[str, t.Any]) -> Profile:
    return one._replace(**{key: value for key, value in was.items() if key not in one.set_by})


def _refuse(problems: t.Sequence[str]) -> None:
    if problems:
        raise WindowsError(f"{'; '.join(problems)}; nothing was changed")


def _refuse_to_cut_off(
    state: State,
    *,
    live: t.Sequence[Live],
    rules: t.Sequence[Record],
    profiles: t.Mapping[str, Profile],
    remedy: str,
) -> None:
    cut = cut_off(state, live=live, rules=rules, profiles=profiles)
    if cut:
        raise WindowsError(
            f"this would cut off {cut}, for no rule that is left lets it in: {remedy}; nothing was changed"
        )
    tightens = any(
        (one.enabled and not state.profiles[name].enabled)
        or (one.default_inbound == "block" and state.profiles[name].default_inbound != "block")
        for name, one in profiles.items()
    )
    doubt = not_sure(state, live=live, rules=rules, profiles=profiles) if tightens else ""
    if doubt:
        raise WindowsError(
            f"the profiles are not touched while it is not certain that the run can come in again: {doubt}; "
            "nothing was changed"
        )
