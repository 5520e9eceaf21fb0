# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Whether rules that are written to a Windows host come into force there, told before anything is written."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import Rule, compact_flows

from .record import MDM, POLICY, PROFILES, WindowsError
from .state import State

_SETTERS = {POLICY: "a Group Policy", MDM: "device management (MDM)"}
_SERVICES = {
    "firewall": "Windows Defender Firewall (MpsSvc)",
    "filtering_engine": "Base Filtering Engine (BFE)",
}


class Wishes(t.NamedTuple):
    """What a run wants of the profiles: whose networks its rules are for, and what of them it is to change.

    C(blocks) is about what comes in, C(encloses) about what leaves.
    """

    profiles: tuple[str, ...]
    enables: bool = False
    blocks: bool = False
    encloses: bool = False

    @classmethod
    def of(cls, params: t.Mapping[str, t.Any]) -> Wishes:
        """Read the options C(profiles), C(start), C(default_inbound) and C(egress)."""
        named = params["profiles"]
        if not named:
            raise WindowsError("profiles is empty; name domain, private or public, or any for all of them")
        return cls(
            profiles=tuple(PROFILES) if "any" in named else tuple(name for name in PROFILES if name in named),
            enables=params["start"],
            blocks=params["default_inbound"] == "block",
            encloses=params["egress"] == "enforce",
        )


def failures(state: State, wishes: Wishes) -> list[str]:
    """Why rules would have no effect, one sentence each with the remedy; empty where they would have one."""
    found = stopped(state)
    if found:
        return found
    ignored = [name for name in state.current if not state.profiles[name].local_rules_apply]
    if ignored or state.modify_state == "gp_override":
        where = f" of the {_of(ignored)}" if ignored else ""
        who = _setter(state, ignored, "local_rules_apply") or "a Group Policy"
        found.append(
            f"{who} has the host's own firewall rules{where} ignored, so that rules written to it come to "
            f"nothing{_copies(state)}: have 'Apply local firewall rules' set to Yes in that policy, or bring the rules "
            "by a Group Policy, see docs/windows.md"
        )
    shut = [name for name in state.current if state.profiles[name].block_all_inbound]
    if shut or state.modify_state == "inbound_blocked":
        found.append(
            f"the firewall blocks all incoming connections of the {_of(shut or state.current)}, whatever the rules "
            "allow: turn off 'Block all incoming connections' there, or in the Group Policy that sets it"
        )
    found += _out_of_reach(state, wishes)
    off = [name for name in state.current if not state.profiles[name].enabled]
    if state.products and off:
        found.append(
            f"{_names(state.products)} is registered as the firewall of this host, and that of Windows is off for the "
            f"{_of(off)}: put the rules into that product and set printops_provider to none, or have it hand "
            "the firewall back to Windows first"
        )
    if not set(state.current) & set(wishes.profiles):
        found.append(
            f"the host is in networks of the {_of(state.current)}, and the rules are for the {_of(wishes.profiles)} "
            "only, so none would be in force: add the profile to profiles, or find out why Windows takes the network "
            "for one of that kind"
        )
    return found


def _out_of_reach(state: State, wishes: Wishes) -> list[str]:
    """What a run is asked to set and a policy sets otherwise."""
    asked = {
        "enabled": (wishes.enables, True, "start", "off"),
        "default_inbound": (wishes.blocks, "block", "default_inbound", "open"),
        "default_outbound": (wishes.encloses, "block", "egress", "open for what leaves"),
    }
    found = []
    for key, (is_asked, value, option, told) in asked.items():
        names = [
            name
            for name in wishes.profiles
            if is_asked and key in state.profiles[name].set_by and getattr(state.profiles[name], key) != value
        ]
        if names:
            found.append(
                f"{option} cannot change the {_of(names)}, which {_setter(state, names, key)} keeps {told}: have it "
                f"changed there, or take {option} out"
            )
    return found


def stopped(state: State) -> list[str]:
    """Without what there is no firewall to change: the rights for it, and its services."""
    if not state.is_administrator:
        return [
            "the account that Ansible signs in with has not the rights of an administrator on this host. A local "
            "account loses them over the network by User Account Control: use an account of the domain, or the "
            "built-in Administrator, or set LocalAccountTokenFilterPolicy to 1 below HKLM\\SOFTWARE\\Microsoft"
            "\\Windows\\CurrentVersion\\Policies\\System"
        ]
    return [
        f"the service {_SERVICES.get(name, name)} is {told}, so that no rule is in force and none can be written: "
        "start it and have it start automatically, and find out who stopped it"
        for name, told in state.services.items()
        if told != "running"
    ]


def lapses(state: State, wishes: Wishes) -> list[str]:
    """Where in the networks of the host not all is filtered, or not by this firewall alone, one sentence each."""
    settings = {name: state.profiles[name] for name in state.current}
    off = [
        name for name, one in settings.items() if not one.enabled and not (wishes.enables and name in wishes.profiles)
    ]
    open_ = [
        name
        for name, one in settings.items()
        if one.default_inbound == "allow" and name not in off and not (wishes.blocks and name in wishes.profiles)
    ]
    excluded = list(dict.fromkeys(one for profile in settings.values() for one in profile.excluded_interfaces))
    return [
        *_if(
            off,
            f"the firewall is off for the {_of(off)}{_because(state, off, 'enabled')}, so it filters nothing there"
            + _unless(state, off, "enabled", ": start enables it, last of all"),
        ),
        *_if(
            open_,
            f"what no rule names is let in by the {_of(open_)}{_because(state, open_, 'default_inbound')}, so the "
            "rules restrict nothing there"
            + _unless(state, open_, "default_inbound", ": default_inbound block closes the rest, last of all"),
        ),
        *_if(
            excluded,
            f"nothing is filtered on the interfaces {_names(excluded)}, which are excluded from the firewall of the "
            f"{_of([name for name in settings if settings[name].excluded_interfaces])}: include them again",
        ),
        *_if(
            state.products,
            f"{_names(state.products)} is registered as a firewall of this host too, and may refuse what is planned",
        ),
    ]


def unheard(state: State, wishes: Wishes, rules: t.Iterable[Rule]) -> list[str]:
    """Whose answers Windows may drop, where a profile has those to broadcasts dropped; one sentence at most."""
    flows = [flow for rule in rules if rule.direction == "in" and rule.source_ports for flow in rule.flows]
    deaf = [name for name in state.current if name in wishes.profiles and not state.profiles[name].unicast_responses]
    if not flows or not deaf:
        return []
    whose = compact_flows(dict.fromkeys(flows))
    own = ": Set-NetFirewallProfile -AllowUnicastResponseToMulticast True lets them in"
    return [
        f"answers to a broadcast or to a group are dropped by the {_of(deaf)}"
        f"{_because(state, deaf, 'unicast_responses')}, so those of {whose} may not come in"
        + _unless(state, deaf, "unicast_responses", own)
    ]


def warnings(state: State, wishes: Wishes) -> list[str]:
    """What keeps the rules from having all of their effect, one sentence each."""
    elsewhere = [name for name in state.current if name not in wishes.profiles]
    later = [
        name
        for name, one in state.profiles.items()
        if name not in state.current
        and name in wishes.profiles
        and (one.block_all_inbound or not one.local_rules_apply)
    ]
    return [
        *lapses(state, wishes),
        *_if(elsewhere, f"the host is in networks of the {_of(elsewhere)} too, where the rules are not in force"),
        *_if(later, f"rules of the host have no effect in networks of the {_of(later)}, where it is not now"),
        *_if(
            state.policy_rules,
            f"a Group Policy brings {len(state.policy_rules)} rules of this collection as well, which no run changes: "
            f"{_names(state.policy_rules[:3])}",
        ),
    ]


def _setter(state: State, names: t.Iterable[str], key: str) -> str:
    """Who sets it for these profiles; empty where that is the host itself."""
    setters = dict.fromkeys(
        _SETTERS[store] for store in (state.profiles[name].set_by.get(key) for name in names) if store
    )
    return " and ".join(setters)


def _because(state: State, names: t.Iterable[str], key: str) -> str:
    setter = _setter(state, names, key)
    return f" by {setter}" if setter else ""


def _unless(state: State, names: t.Iterable[str], key: str, remedy: str) -> str:
    """What a run can do about it; where a policy sets it, that policy has to be changed."""
    setter = _setter(state, names, key)
    return f": have it changed in {setter}" if setter else remedy


def _copies(state: State) -> str:
    return (
        f" ({len(state.policy_rules)} rules of this collection come from a Group Policy)" if state.policy_rules else ""
    )


def _if(names: t.Collection[str], text: str) -> list[str]:
    return [text] if names else []


def _of(names: t.Collection[str]) -> str:
    return f"{_names(names)} profile{'s' if len(names) > 1 else ''}"


def _names(names: t.Collection[str]) -> str:
    names = list(names)
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
