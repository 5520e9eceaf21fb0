# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The folder of a Windows host: its rules as data, and scripts that are the same for every host."""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._offline.folder import FORMAT
from ansible_collections.printops.firewall.plugins.module_utils._rules.management import MANAGEMENT_FLOW
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    PortRange,
    Rule,
    RuleError,
    parse_network,
    parse_rules,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import RenderError
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.apply import restore_files
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.lines import record_lines, remote_words
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.meaning import meaning_of
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.record import (
    GROUP,
    PROFILES,
    Record,
    WindowsError,
    profile_bits,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.rules import desired_records

from .group_policy import parameters
from .model import File, Request, text_of

RULES_FILE, POLICY_FILE = "rules.jsonl", "group_policy.jsonl"
DESKTOP_PORT = 3389
"""Remote Desktop, the way in of the administrator of a host that nobody manages remotely."""

SESSION_PORTS = (22, DESKTOP_PORT, 5985, 5986)
"""Connections to these are not new ones, when a change is to be confirmed over a new one."""

_OWN_FILES = (
    "Offline.psm1",
    "OfflineCompare.psm1",
    "OfflineFolder.psm1",
    "OfflineMeaning.psm1",
    "OfflineTruth.psm1",
)
_SCRIPTS = ("apply", "confirm", "remove", "group_policy")
_SOURCES = pathlib.Path(__file__).resolve().parents[2] / "module_utils" / "_windows"

_README = """\
Rules of Windows Defender Firewall for {host}, written by printops.firewall.

rules.txt     what this computer will accept, a line for each rule and remote
rules.jsonl   the same for the scripts
apply.ps1     makes the firewall accept that, and takes away what an earlier apply accepted and rules.txt has no more
confirm.ps1   keeps the change that apply.ps1 or remove.ps1 has made
remove.ps1    takes all rules of printops.firewall off again, and leaves the profiles as apply first found them
lib           what the scripts use: the files that printops.firewall runs on computers it reaches, and comparing
SHA256SUMS    digests of all these files

It needs Windows PowerShell 5.1 or PowerShell 7, as administrator; no network and no package. Rules of others are left
alone. Keep the folder where only administrators can write.

1. powershell -ExecutionPolicy Bypass -File .\\apply.ps1 -Check
   shows what would come and go, and changes nothing.
2. powershell -ExecutionPolicy Bypass -File .\\apply.ps1
   changes the firewall, and waits; -ConfirmTimeout SECONDS is how long.
3. powershell -ExecutionPolicy Bypass -File .\\confirm.ps1
   over a NEW connection to this computer, or on its console. Without it the computer is back on its old rules in time,
   or after its next start.

For a domain, instead of the above:

group_policy.jsonl   the same rules, as New-NetFirewallRule takes them
group_policy.ps1     puts them into a policy: -Domain corp.example.com -Gpo NAME -Check; with -Remove, takes them out

The policy must exist, and only {host} may get it. Nothing takes it back if it is wrong: look at -Check first. The
policy is written as a whole, so nobody else should edit it at the same time. Profiles are not turned on by it.
"""


def render_windows(request: Request) -> dict[str, File]:
    """The files for a host with Windows Defender Firewall; raises C(RenderError) for what cannot be had there."""
    records = _records(request)
    files = {f"{name}.ps1": _source(f"offline_{name}.ps1") for name in _SCRIPTS}
    files |= {f"lib/{name}": _source(name) for name in (*_OWN_FILES, *restore_files())}
    lines = [line for record in records for line in record_lines(record)]
    return {
        **files,
        "README.txt": File.of(_README.format(host=request.host)),
        "rules.txt": File.of("".join(f"{line}\n" for line in lines)),
        RULES_FILE: File.of(_document(request, records)),
        POLICY_FILE: File.of(_policy(request, records)),
    }


def _records(request: Request) -> tuple[Record, ...]:
    options = request.options
    if options["egress"] == "enforce":
        raise RenderError(
            f"host {request.host}: printops_egress is enforce, which there is not for Windows; set it to allow"
        )
    if options["foreign_rules"] == "refuse":
        raise RenderError(
            f"host {request.host}: printops_foreign_rules is refuse, and the scripts do not look at rules of others; "
            "set it to report"
        )
    try:
        rules = parse_rules(request.rules)
        management = _management(options["management"])
        return desired_records(rules, management=management, profiles=profile_bits(options["profiles"]))
    except (RuleError, WindowsError) as error:
        raise RenderError(f"host {request.host}: {error}") from error


def _management(networks: t.Sequence[str]) -> tuple[Rule, ...]:
    try:
        remotes = tuple(parse_network(text) for text in networks)
    except RuleError as error:
        raise RuleError(f"management: {error}") from error
    port = PortRange(DESKTOP_PORT, DESKTOP_PORT)
    return (Rule("in", "tcp", (port,), (), remotes, (MANAGEMENT_FLOW,)),) if remotes else ()


def _document(request: Request, records: t.Sequence[Record]) -> str:
    """The facts in the first line, and a line for each rule: what is wanted, and how a person is told of it."""
    profiles = request.options["profiles"]
    facts = {
        "format": FORMAT,
        "host": request.host,
        "provider": request.provider,
        "addresses": request.addresses,
        "group": GROUP,
        "profiles": [name for name in PROFILES if name in profiles or "any" in profiles],
        "start": request.options["start"],
        "default_inbound": request.options["default_inbound"],
        "management_ports": SESSION_PORTS,
        "restore_files": sorted(restore_files()),
    }
    return _lines([facts, *map(_rule, records)])


def _rule(record: Record) -> dict[str, t.Any]:
    """The record, and its lines for a person, of which only the remote differs."""
    remotes = remote_words(meaning_of(record).remote)
    before, _remote, after = record_lines(record)[0].partition(remotes[0])
    return {"record": record.as_json(), "before": before, "remotes": remotes, "after": after}


def _policy(request: Request, records: t.Sequence[Record]) -> str:
    return _lines([{"format": FORMAT, "host": request.host, "group": GROUP}, *map(parameters, records)])


def _lines(documents: t.Iterable[t.Mapping[str, t.Any]]) -> str:
    return "".join(f"{text_of(document)}\n" for document in documents)


def _source(name: str) -> File:
    return File((_SOURCES / name).read_bytes())
