# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Whether packets meet the rules that firewalld says it has loaded, with either backend."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.iptables import verdict_of
from ansible_collections.printops.firewall.plugins.module_utils._rules.openings import Opening, beyond
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import Network, Rule

from .daemon import FirewalldError
from .host import Files, Host
from .kernel import OPEN, Sets, alike, lacking_in, openings_of
from .look import RESIDUE, Look
from .objects import OUT_POLICY, OUT_POLICY_FILE, POLICY, POLICY_FILE
from .read import UnreadableError, parse_objects
from .runtime import DaemonDefinitions
from .small import UnclearError


class Step(t.NamedTuple):
    """A rule of a chain: C(to) is the chain that it goes to, or C(accept), C(drop) or C(reject), or nothing; C(always)
    tells whether it is about every packet."""

    text: str
    to: str
    always: bool


Chains = t.Dict[str, t.List[Step]]


class Judged(t.NamedTuple):
    """One sentence for each reason why packets do not meet our rules at all, and for each rule that is another one."""

    unenforced: t.List[str]
    different: t.List[str]


def judge(look: Look, *, own: t.Sequence[Rule], policies: t.Mapping[str, str], sets: Sets) -> Judged:
    """Hold what the kernel has against what firewalld was told.

    C(own) are our rules for incoming packets, C(policies) maps C(IN) and C(OUT) to our policies that are in the files,
    C(sets) gives the networks of an ipset by its name.
    """
    if not look.can_see:
        return Judged([], [])
    if look.uses_iptables:
        return _judge_iptables(look.listings, own=own, policies=policies)
    listing = "".join(look.listings)
    if "hook input" not in listing:
        return Judged([OPEN], [])
    left = [f"{RESIDUE}, left of a reload that failed, drops every packet"] if look.has_residue else []
    unenforced, different = _path_faults(chains_of_nft(listing), policies=policies, prefix="filter_", kind="policy_")
    openings = openings_of(listing, policy=policies.get("IN", ""), sets=sets)
    return Judged([*left, *unenforced], [*different, *_difference(own, openings)])


def judge_host(host: Host, look: Look, *, files: Files) -> Judged:
    """The same for a host with these files of ours, which is remembered where all is well."""
    try:
        own = [rule for rule in parse_objects(files) if rule.direction == "in"]
    except UnreadableError as error:
        return Judged([], [f"{host.folder}/{error}"])
    policies = {way: name for way, name, path in _POLICIES if path in files}
    definitions = DaemonDefinitions(host=host, files=files)

    def networks(ipset: str) -> t.Optional[t.Sequence[Network]]:
        try:
            return definitions.networks(ipset)
        except (UnclearError, FirewalldError):
            return None

    judged = judge(look, own=own, policies=policies, sets=networks)
    if look.can_see and not (judged.unenforced or judged.different):
        host.seen_right.remember(look)
    return judged


_POLICIES = (("IN", POLICY, POLICY_FILE), ("OUT", OUT_POLICY, OUT_POLICY_FILE))


def _judge_iptables(listings: t.Sequence[str], *, own: t.Sequence[Rule], policies: t.Mapping[str, str]) -> Judged:
    judged = Judged([], [])
    for version, listing in zip((4, 6), listings):
        unenforced, different = _path_faults(chains_of_iptables(listing), policies=policies, prefix="", kind="")
        rules = [
            rule._replace(remotes=tuple(rule.remotes_of(version=version)))
            for rule in own
            if rule.protocol != "igmp" and not rule.destinations  # verdict_of reads neither
        ]
        openings = _openings_of_iptables(listing, version=version, policy=policies.get("IN", ""))
        judged.unenforced.extend(f"{fault} (IPv{version})" for fault in unenforced)
        judged.different.extend(f"{fault} (IPv{version})" for fault in [*different, *_difference(rules, openings)])
    return judged


_CHAIN = re.compile(r"^\tchain (\S+) \{$")
_NFT_TARGET = re.compile(r"\b(?:(?P<verdict>accept|drop|reject)\b[^\"]*|(?:jump|goto) (?P<chain>\S+))$")
_IPTABLES_RULE = re.compile(r"-A (?P<chain>\S+)(?P<matches>.*?) -[jg] (?P<target>\S+)")
_BEFORE_ALL = re.compile(r"established|iifname \"lo\"|-i lo |ct status dnat|--ctstate DNAT", re.IGNORECASE)


def chains_of_nft(listing: str) -> Chains:
    """The chains of what C(nft list table) printed."""
    chains: Chains = {}
    steps: t.List[Step] = []
    for line in listing.splitlines():
        head = _CHAIN.match(line)
        text = line.strip()
        if head:
            steps = chains.setdefault(head[1], [])
        elif line.startswith("\t\t") and not text.startswith("type "):
            target = _NFT_TARGET.search(re.sub(r' comment "[^"]*"$', "", text))
            if target:
                steps.append(Step(text, target["chain"] or target["verdict"], always=not target.start()))
    return chains


def chains_of_iptables(listing: str) -> Chains:
    """The chains of what C(iptables -S) printed."""
    chains: Chains = {}
    for line in listing.splitlines():
        rule = _IPTABLES_RULE.match(line)
        if rule:
            target = rule["target"]
            to = target.lower() if target in ("ACCEPT", "DROP", "REJECT") else target
            chains.setdefault(rule["chain"], []).append(Step(line, to, always=not rule["matches"].strip()))
    return chains


def _path_faults(chains: Chains, *, policies: t.Mapping[str, str], prefix: str, kind: str) -> Judged:
    judged = Judged([], [])
    base = f"{prefix}INPUT"
    steps = chains.get(base, [])
    if not steps or not steps[-1].always or steps[-1].to not in ("drop", "reject"):
        judged.unenforced.append(f"the kernel's chain {base} does not refuse what no rule names: THE HOST IS OPEN")
    for step in steps:
        if step.to == "accept" and not _BEFORE_ALL.search(step.text) and (step.always or "icmp" not in step.text):
            judged.different.append(f"the kernel has it, firewalld has not: chain {base}: {step.text}")
    for way, policy in policies.items():
        if not _leads_to(chains, f"{prefix}{way}PUT", f"{prefix}{way}_{kind}{policy}", seen=set()):
            judged.unenforced.append(f"no packet comes to the chain of the policy {policy} in the kernel")
    return judged


def _leads_to(chains: Chains, name: str, wanted: str, *, seen: t.Set[str]) -> bool:
    """Whether a packet that no other rule is about comes from one chain to the other."""
    seen.add(name)
    for step in chains.get(name, ()):
        if step.to == wanted:
            return True
        if step.to in chains and step.to not in seen and _leads_to(chains, step.to, wanted, seen=seen):
            return True
        if step.always and step.to in ("accept", "drop", "reject"):
            return False
    return False


def _openings_of_iptables(listing: str, *, version: int, policy: str) -> t.List[Opening]:
    lines = [line for line in listing.splitlines() if line.startswith(f"-A IN_{policy}")]
    verdicts = [verdict_of(line, version=version, name=line) for line in lines]
    return [verdict for verdict in verdicts if isinstance(verdict, Opening)]


def _difference(own: t.Sequence[Rule], openings: t.Sequence[Opening]) -> t.List[str]:
    more = [
        f"the kernel has it, firewalld has not: {opening.name}"
        for opening in openings
        if beyond(opening, alike(own, destinations=opening.destinations))
    ]
    return list(dict.fromkeys([*more, *lacking_in(openings, own=own)]))
