# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The folder of a Windows host: its rules as data, and scripts that are the same for every host."""

from __future__ import annotations

import hashlib
import pathlib
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._offline.folder import FORMAT
from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import egress_of
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
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.outgoing import controllers
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
    "OfflineSession.psm1",
    "OfflineTruth.psm1",
)
_CHECKER, _GOES_ON = "OfflineFolder.psm1", "offline_run.ps1"
_SCRIPTS = ("apply", "confirm", "remove", "group_policy")
_SOURCES = pathlib.Path(__file__).resolve().parents[2] / "module_utils" / "_windows"

_README = """\
Rules of Windows Defender Firewall for {host}, written by printops.firewall.

rules.txt     what this computer will accept, and may open where that is restricted, a line for each rule and remote
rules.jsonl   the same for the scripts
apply.ps1     makes the firewall accept that, and takes away what an earlier apply accepted and rules.txt has no more
confirm.ps1   keeps the change that apply.ps1 or remove.ps1 has made
remove.ps1    takes all rules of printops.firewall off again, and leaves the profiles as apply first found them
lib           what the scripts use: the files that printops.firewall runs on computers it reaches, and comparing
SHA256SUMS    digests of all these files

It needs Windows PowerShell 5.1 or PowerShell 7, as administrator; no network and no package. Rules of others are left
alone.

Keep the folder as it came, on a local disk, where only administrators can write: a folder in your own profile, such as
%USERPROFILE%\\{host}, and not one just below C:\\, where others may change it. Each script looks first whether the
files are those of SHA256SUMS, no more and no fewer, and refuses to run otherwise. So bring a newer folder into an empty
place and not over this one, and let output go to a file elsewhere. A signature may lie beside, as SHA256SUMS.asc.

Files from the internet or a mail are blocked by Windows. Have it let these run, in PowerShell in this folder:

   Get-ChildItem -Recurse -File | Unblock-File

1. powershell -NoProfile -ExecutionPolicy Bypass -File .\\apply.ps1 -Check
   shows what would come and go, and changes nothing.
2. powershell -NoProfile -ExecutionPolicy Bypass -File .\\apply.ps1
   changes the firewall, says until when the change waits, and waits; -ConfirmTimeout SECONDS is how long.
3. powershell -NoProfile -ExecutionPolicy Bypass -File .\\confirm.ps1
   in a NEW session: connect to this computer once more, from another one (Remote Desktop: disconnect, and connect
   again; or SSH or WinRM). Or on its console, at once. A session that was open before step 2 proves nothing, and is
   refused. Without step 3 the computer is back on its old rules in time, or after its next start.
4. powershell -NoProfile -ExecutionPolicy Bypass -File .\\remove.ps1
   takes everything off again, whenever that is wanted: with -Check first, and confirmed as in step 3.

Each script ends with 0 where all is as asked, and with 1 where it is not; then it says what is wrong, and what of it
was changed. While a change waits, apply.ps1 and remove.ps1 say so, and end with 1.

For a domain, instead of the above:

group_policy.jsonl   the same rules, as New-NetFirewallRule takes them
group_policy.ps1     puts them into a policy: -Domain corp.example.com -Gpo NAME -Check; with -Remove, takes them out

The policy must exist, and only {host} may get it. Nothing takes it back if it is wrong: look at -Check first. The
policy is written as a whole, so nobody else should edit it at the same time. Profiles are not turned on by it. Where
what leaves is restricted, it sets them to block that, last of all; look first that rules.txt has all services of the
domain's controllers, for this script asks no computer.
"""


def render_windows(request: Request) -> dict[str, File]:
    """The files for a host with Windows Defender Firewall; raises C(RenderError) for what cannot be had there."""
    records = _records(request)
    files = {f"{name}.ps1": _script(name) for name in _SCRIPTS}
    files |= {f"lib/{name}": _source(name) for name in (*_OWN_FILES, *restore_files())}
    lines = [line for record in records for line in record_lines(record)]
    return {
        **files,
        "README.txt": _for_notepad(_README.format(host=request.host)),
        "rules.txt": _for_notepad("".join(f"{line}\n" for line in lines)),
        ".gitattributes": File.of("* -text\n*.txt whitespace=cr-at-eol\n"),
        RULES_FILE: File.of(_document(request, records)),
        POLICY_FILE: File.of(_policy(request, records)),
    }


def _records(request: Request) -> tuple[Record, ...]:
    options = request.options
    if options["foreign_rules"] == "refuse":
        raise RenderError(
            f"host {request.host}: printops_foreign_rules is refuse, and the scripts do not look at rules of others; "
            "set it to report"
        )
    try:
        rules = parse_rules(request.rules)
        management = _management(options["management"])
        profiles = profile_bits(options["profiles"])
        return desired_records(rules, management=management, profiles=profiles, egress=_let_out(request))
    except (RuleError, WindowsError) as error:
        raise RenderError(f"host {request.host}: {error}") from error


def _let_out(request: Request) -> tuple[Rule, ...] | None:
    egress = egress_of(request.options, rules=parse_rules(request.rules), management=())
    return egress.rules if egress else None


def _management(networks: t.Sequence[str]) -> tuple[Rule, ...]:
    try:
        remotes = tuple(parse_network(text) for text in networks)
    except RuleError as error:
        raise RuleError(f"management: {error}") from error
    port = PortRange(DESKTOP_PORT, DESKTOP_PORT)
    return (Rule("in", "tcp", (port,), (), remotes, (MANAGEMENT_FLOW,)),) if remotes else ()


def _document(request: Request, records: t.Sequence[Record]) -> str:
    """The facts in the first line, and a line for each rule: what is wanted, and how a person is told of it."""
    profiles, let_out = request.options["profiles"], _let_out(request)
    facts = {
        "format": FORMAT,
        "host": request.host,
        "provider": request.provider,
        "addresses": request.addresses,
        "group": GROUP,
        "profiles": [name for name in PROFILES if name in profiles or "any" in profiles],
        "start": request.options["start"],
        "default_inbound": request.options["default_inbound"],
        "default_outbound": "keep" if let_out is None else "block",
        "controllers": list(controllers(let_out or ()).cidrs()),
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
    profiles = request.options["profiles"]
    facts = {
        "format": FORMAT,
        "host": request.host,
        "group": GROUP,
        "default_outbound": "keep" if _let_out(request) is None else "block",
        "profiles": [name.capitalize() for name in PROFILES if name in profiles or "any" in profiles],
    }
    return _lines([facts, *map(parameters, records)])


def _lines(documents: t.Iterable[t.Mapping[str, t.Any]]) -> str:
    return "".join(f"{text_of(document)}\n" for document in documents)


def _script(name: str) -> File:
    """What is its own, and how all go on, which know the file that checks the folder by its digest."""
    text = "\n".join((_SOURCES / file).read_text(encoding="utf-8") for file in (f"offline_{name}.ps1", _GOES_ON))
    checker = (_SOURCES / _CHECKER).read_text(encoding="utf-8").rstrip()
    return File.of(text.replace("{digest}", hashlib.sha256(checker.encode()).hexdigest().upper()))


def _for_notepad(text: str) -> File:
    """With the line ends of Windows, without which its older Notepad shows a single line."""
    return File.of(text.replace("\n", "\r\n"))


def _source(name: str) -> File:
    return File((_SOURCES / name).read_bytes())
