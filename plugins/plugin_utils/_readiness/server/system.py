# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Items about the system of a server: Windows Installer, hardware, security updates, administrator rights."""

from __future__ import annotations

import datetime
import re
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import count, few

from ..case import Case, UnreadableError
from ..model import Evidence, Outcome
from .asked import Asked

LEAST_INSTALLER = (4, 5)
ADMINISTRATORS = "S-1-5-32-544"
HIGH_INTEGRITY = 12288  # S-1-16-12288; that of the system is 16384

APT_LISTS = "/var/lib/apt/lists"

_MEGABYTE = 1024 * 1024
_APT_SECURITY = re.compile(r"^Inst (\S+) .*\(\S+ [^)]*security", flags=re.MULTILINE | re.IGNORECASE)
_DNF_SECURITY = re.compile(r"^(\S+)\s+\S*(?:sec|security)\S*\s+(\S+)", flags=re.MULTILINE | re.IGNORECASE)


class Drive(t.NamedTuple):
    """A file system; C(path) is its mount point, or the letter of a drive with its colon."""

    path: str
    free_mb: int


def windows_installer(case: Case, _asked: Asked) -> Outcome:
    """The version of msi.dll is 4.5 or newer."""
    answer = case.probe("installer", "win_file_version")["win_file_version"]
    try:
        version = int(answer["file_major_part"]), int(answer["file_minor_part"])
    except (KeyError, ValueError):
        raise UnreadableError("the version of msi.dll could not be read") from None
    text = str(answer.get("file_version_raw") or ".".join(map(str, version)))
    evidence = case.saw(f"version {text}", str(answer.get("path") or "msi.dll"))
    if version >= LEAST_INSTALLER:
        return case.passed(f"Windows Installer {version[0]}.{version[1]}", evidence)
    return case.failed(f"Windows Installer {version[0]}.{version[1]} is older than 4.5", evidence)


def hardware(case: Case, asked: Asked) -> Outcome:
    """Processors, memory and free space against the operator's thresholds."""
    facts = _facts(case)
    cpus, memory = int(facts.get("ansible_processor_vcpus") or 0), int(facts.get("ansible_memtotal_mb") or 0)
    if not cpus or not memory:
        raise UnreadableError("facts could not be read: processors or memory are not among them")
    drives = _drives(case)
    evidence = [
        case.saw(f"{count(cpus, 'processor')}, {memory} MB of memory", "gathered facts"),
        case.saw(
            ", ".join(f"{one.path} {one.free_mb} MB free" for one in drives) or "no file system was reported",
            "Get-Disk, Get-Volume" if case.windows else "df",
        ),
    ]
    limits = asked.thresholds
    if limits is None:
        return case.attest(
            f"{count(cpus, 'processor')}, {memory} MB of memory",
            *evidence,
            reason="preinstall_server_thresholds with the sizing and its source would make this automatic",
        )
    short = [
        *([f"{count(cpus, 'processor')} of {limits.cpus}"] if limits.cpus and cpus < limits.cpus else []),
        *([f"{memory} MB of memory of {limits.memory_mb}"] if limits.memory_mb and memory < limits.memory_mb else []),
    ]
    for path, least in limits.disk_free_mb.items():
        drive = _drive_of(path, drives)
        if drive is None:
            raise UnreadableError(f"no file system of the host holds {path}, which preinstall_server_thresholds names")
        if drive.free_mb < least:
            short.append(f"{drive.free_mb} MB free on {drive.path} of {least}")
    if short:
        return case.failed(f"too little: {few(short)} ({limits.source})", *evidence)
    return case.passed(f"meets the thresholds ({limits.source})", *evidence)


def updates(case: Case, _asked: Asked) -> Outcome:
    """No security update is waiting, and no restart."""
    restart, seen = _windows_restart(case) if case.windows else _linux_restart(case)
    try:
        waiting, evidence = _windows_updates(case) if case.windows else _linux_updates(case)
    except UnreadableError as problem:
        if not restart:
            raise
        return case.failed(f"a restart is pending; the updates are not known: {problem}", *seen)
    said = [
        *([f"{count(len(waiting), 'security update')} missing: {few(waiting)}"] if waiting else []),
        *(["a restart is pending"] if restart else []),
    ]
    if said:
        return case.failed("; ".join(said), *evidence, *seen)
    return case.passed("no security update is missing and no restart is pending", *evidence, *seen)


def administrator(case: Case, _asked: Asked) -> Outcome:
    """The run has the rights of an administrator."""
    if not case.windows:
        facts = _facts(case)
        user, name = facts.get("ansible_effective_user_id"), str(facts.get("ansible_user_id") or "an account")
        if user is None:
            raise UnreadableError("facts could not be read: the user is not among them")
        evidence = case.saw(f"{name}, effective user id {user}", "gathered facts")
        if int(user) == 0:
            return case.passed("the run acts as root", evidence)
        return case.failed(f"{name} is not root, and the run does not become root", evidence)
    answer = case.probe("whoami", "groups", "label", "account")
    account = f"{answer['account'].get('domain_name', '')}\\{answer['account'].get('account_name', '')}"
    member = any(
        group.get("sid") == ADMINISTRATORS and "Enabled" in group.get("attributes", ()) for group in answer["groups"]
    )
    label = str(answer["label"].get("sid", ""))
    level = label.rpartition("-")[2]
    high = level.isdigit() and int(level) >= HIGH_INTEGRITY
    evidence = case.saw(
        f"{account}, {'' if member else 'not '}in Administrators, {answer['label'].get('account_name') or label}",
        "whoami /all",
    )
    if member and high:
        return case.passed(f"{account} is an administrator", evidence)
    why = "is not in the group Administrators" if not member else "has no elevated session"
    return case.failed(f"{account} {why}", evidence)


def _facts(case: Case) -> t.Mapping[str, t.Any]:
    return t.cast("t.Mapping[str, t.Any]", case.probe("facts", "ansible_facts")["ansible_facts"])


def _drives(case: Case) -> list[Drive]:
    if not case.windows:
        # Not from the facts, which leave out what is on no device of its own, such as ZFS. Where one file system could
        # not be asked, df ends with an error and has all others.
        lines = str(case.probe("file_systems", "rc", "stdout")["stdout"]).splitlines()
        words = [line.split(maxsplit=5) for line in lines[1:]]
        return [Drive(one[5], int(one[3])) for one in words if len(one) == 6 and one[3].isdigit()]
    disks = case.probe("disks", "ansible_facts")["ansible_facts"].get("ansible_disks") or ()
    return [
        Drive(f"{partition['drive_letter']}:", int(volume["size_remaining"]) // _MEGABYTE)
        for disk in disks
        for partition in disk.get("partitions") or ()
        if str(partition.get("drive_letter") or "").isalpha()
        for volume in partition.get("volumes") or ()
    ]


def _drive_of(path: str, drives: t.Sequence[Drive]) -> Drive | None:
    if not path.startswith("/"):
        return next((one for one in drives if path.lower().startswith(one.path.lower())), None)
    inside = [one for one in drives if one.path == "/" or f"{path.rstrip('/')}/".startswith(f"{one.path}/")]
    return max(inside, key=lambda one: len(one.path), default=None)


def _windows_updates(case: Case) -> tuple[list[str], list[Evidence]]:
    answer = case.probe("updates", "updates")["updates"]
    waiting = sorted(str(one["title"]) for one in answer.values() if not one.get("installed"))
    seen = "; ".join(waiting) or "no security or critical update waits"
    return waiting, [case.saw(seen, "Windows Update, searched")]


def _windows_restart(case: Case) -> tuple[bool, list[Evidence]]:
    answer = case.observed.get("updates")
    by_updates = bool(isinstance(answer, t.Mapping) and answer.get("reboot_required"))
    restart = by_updates or bool(_facts(case).get("ansible_reboot_pending"))
    return restart, [case.saw("a restart is pending" if restart else "none", "Windows Update and the registry")]


def _linux_updates(case: Case) -> tuple[list[str], list[Evidence]]:
    manager = str(_facts(case).get("ansible_pkg_mgr") or "unknown")
    if manager not in ("apt", "dnf", "dnf5"):
        raise UnreadableError(f"how to list the security updates of the package manager {manager} is not known")
    answer = case.probe("updates", "rc", "stdout")
    if answer["rc"] != 0:
        why = " ".join(str(answer.get("stderr") or answer.get("msg") or "").split())[:300]
        raise UnreadableError(f"the updates could not be listed: {why}")
    text = str(answer["stdout"])
    if manager == "apt":
        waiting, lists = sorted(set(_APT_SECURITY.findall(text))), [_security_lists(case)]
    else:
        waiting, lists = sorted({package for _advisory, package in _DNF_SECURITY.findall(text)}), []
    command = " ".join(map(str, answer.get("cmd") or [manager]))
    return waiting, [case.saw(", ".join(waiting) or "no security update is listed", command), *lists]


def _security_lists(case: Case) -> Evidence:
    found = [one for one in case.probe("update_lists", "files")["files"] if "security" in str(one["path"]).lower()]
    if not found:
        raise UnreadableError("the host has no package lists of a security archive: its lists were never fetched")
    newest = max(float(one.get("mtime") or 0) for one in found)
    published = datetime.datetime.fromtimestamp(newest, tz=datetime.UTC).date().isoformat()
    return case.saw(f"lists of the security archive as it was published on {published}", APT_LISTS)


def _linux_restart(case: Case) -> tuple[bool, list[Evidence]]:
    flag = case.probe("restart", "stat")["stat"].get("exists", False)
    seen = [case.saw("it exists" if flag else "it does not exist", "/run/reboot-required")]
    asked = case.observed.get("needs_restarting")
    if isinstance(asked, t.Mapping) and asked.get("rc") in (0, 1) and "stdout" in asked:
        flag = flag or asked["rc"] == 1
        seen.append(case.saw("a restart is needed" if asked["rc"] else "no restart is needed", "needs-restarting -r"))
    return bool(flag), seen
