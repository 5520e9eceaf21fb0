# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The facts about a host with firewalld that drift is found in."""

from __future__ import annotations

import pathlib
import re
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.iptables import beside
from ansible_collections.printops.firewall.plugins.module_utils._rules.openings import Opening
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import Network, Rule, parse_network

from .bans import overridden
from .containers import (
    Container,
    differences,
    parse_listing,
)
from .daemon import FirewalldError, Loaded
from .enforcement import Judged, judge_host
from .foreign import (
    foreign_openings,
    ipset_entries,
)
from .host import Host
from .kernel import Sets, kernel_faults
from .objects import (
    OUT_POLICY_FILE,
    POLICY,
    POLICY_FILE,
    PREFIX,
)
from .permanent import Definitions, folders_of
from .read import UnreadableError, parse_objects
from .rescue import Run

Containers = t.Dict[str, Container]


def active_zones(text: str) -> t.Dict[str, t.List[str]]:
    """What C(firewall-cmd --get-active-zones) printed: each zone's interfaces and sources."""
    found: t.Dict[str, t.List[str]] = {}
    name = ""
    for line in text.splitlines():
        if line[:1].strip():
            name = line.split(" ")[0]
            found[name] = []
        elif name:
            found[name] += line.partition(":")[2].split()
    return found


def state_of(host: Host, *, run: Run) -> t.Dict[str, t.Any]:
    """The state as JSON; raises C(FirewalldError) where it cannot be read."""
    daemon = host.loaded()
    ours, stray = _own(host)
    own = [rule for rule in ours if rule.direction == "in"]
    outgoing = [rule.as_json() for rule in ours if rule.direction == "out"]
    command = ["firewall-cmd"] if daemon.state == "RUNNING" else ["firewall-offline-cmd"]

    def ask(*options: str) -> str:
        status, out, error = run([*command, *options])
        if status:
            raise FirewalldError(f"{' '.join([*command, *options])}: {(error or out).strip()}")
        return out

    def containers(*options: str) -> t.Tuple[Containers, Containers]:
        zones = parse_listing(ask(*options, "--list-all-zones"), kind="zone")
        return zones, parse_listing(ask(*options, "--list-all-policies"), kind="policy")

    objects = Definitions(folders=folders_of(host))
    default_zone = ask("--get-default-zone").strip()
    faults = [] if daemon.state == "RUNNING" else [f"firewalld is {daemon.state}"]
    disagreements: t.List[str] = []
    if daemon.state == "RUNNING":
        files, loaded = containers("--permanent"), containers()
        active = active_zones(ask("--get-active-zones"))
        disagreements = differences(files[0], loaded[0])
        if _stands_for_files(host, daemon):
            disagreements += differences(_without_ours(files[1]), _without_ours(loaded[1]))
        else:
            disagreements += differences(files[1], loaded[1])
            disagreements += _sets_that_differ(ask, objects, names=_own_sets(host))
    else:
        loaded = containers()
        files, active = loaded, {}

    def openings(zones: Containers, policies: Containers) -> t.List[Opening]:
        foreign = {name: one for name, one in policies.items() if not name.startswith(PREFIX)}
        return foreign_openings(
            zones=zones, policies=foreign, active=active, default_zone=default_zone, objects=objects
        )

    foreign = list(dict.fromkeys([*openings(*loaded), *openings(*files)]))
    if daemon.state == "RUNNING":
        unenforced, differing = _kernel(
            host, own=own, foreign=openings(*loaded), sets=lambda name: _set(ask, objects, name=name)
        )
        faults += unenforced
        disagreements += differing
        foreign += _beside(host)
    if host.rescue.in_force():
        faults.append("the rules of a table that was saved are in force, because firewalld failed to load its own")
    return {
        "provider": "firewalld",
        "faults": faults,
        "own": [rule.as_json() for rule in own],
        "own_out": outgoing if (host.folder / OUT_POLICY_FILE).exists() else None,
        "stray": stray,
        "foreign": [opening.as_json() for opening in foreign],
        "disagreements": disagreements,
        "overridden": overridden(own, zones=loaded[0], active=active, default_zone=default_zone, objects=objects),
    }


def _kernel(host: Host, *, own: t.Sequence[Rule], foreign: t.Sequence[Opening], sets: Sets) -> Judged:
    look = host.look()
    judged = judge_host(host, look, files=host.own_files())
    if look.uses_iptables or judged.unenforced or not look.can_see:
        return judged
    return Judged([], kernel_faults(look.listings[0], own=own, foreign=foreign, policy=POLICY, sets=sets))


_OF_FIREWALLD = re.compile(r"INPUT_(POLICIES|ZONES)\w*|IN_.*")


def _beside(host: Host) -> t.List[Opening]:
    """What direct rules and chains of others let in, where iptables is the backend: there an accept ends the way."""
    look = host.look()
    if not look.uses_iptables:
        return []
    return [
        opening
        for version, listing in zip((4, 6), look.listings)
        for opening in beside(
            listing.splitlines(), version=version, is_known=lambda name: bool(_OF_FIREWALLD.fullmatch(name))
        )
    ]


def _own(host: Host) -> t.Tuple[t.List[Rule], t.List[str]]:
    """Our rules, and what is wrong with our files."""
    files = host.own_files()
    try:
        rules = parse_objects(files)
    except UnreadableError as error:
        return [], [f"{host.folder}/{error}"]
    policies = b"".join(content for path, content in files.items() if path.startswith("policies/"))
    unused = [
        f"{host.folder}/{path} is used by no policy"
        for path in sorted(files)
        if not path.startswith("policies/") and f'"{pathlib.PurePath(path).stem}"'.encode() not in policies
    ]
    return list(rules), unused


def _stands_for_files(host: Host, daemon: Loaded) -> bool:
    """Whether our loaded policy has other words than its file since a change without a reload, and the same meaning."""
    policy = host.own_files().get(POLICY_FILE, b"")
    return daemon.stands_for is not None and daemon.stands_for.encode() in policy


def _without_ours(policies: Containers) -> Containers:
    return {name: one for name, one in policies.items() if name != POLICY}


def _set(ask: t.Callable[..., str], objects: Definitions, *, name: str) -> t.Optional[t.Sequence[Network]]:
    """The networks of an ipset: of its file, or of the daemon where one is loaded that has no file any more."""
    content = objects.ipset(name)
    if content is not None or not name.startswith(PREFIX):
        return ipset_entries(content)
    return [parse_network(entry) for entry in ask(f"--ipset={name}", "--get-entries").split()]


def _own_sets(host: Host) -> t.List[str]:
    return [pathlib.PurePath(path).stem for path in host.own_files() if path.startswith("ipsets/")]


def _sets_that_differ(ask: t.Callable[..., str], objects: Definitions, *, names: t.Iterable[str]) -> t.Iterator[str]:
    for name in names:
        loaded = set(ask(f"--ipset={name}", "--get-entries").split())
        files = {str(network) for network in ipset_entries(objects.ipset(name)) or ()}
        for entry in sorted(files - loaded):
            yield f"ipset {name} has in the files and not loaded: {entry}"
        for entry in sorted(loaded - files):
            yield f"ipset {name} has loaded and not in the files: {entry}"
