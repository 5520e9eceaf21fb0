# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A change of a host's firewalld, or everything put back as it was."""

from __future__ import annotations

import contextlib
import os
import pathlib
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._confirm.files import sync_folder
from ansible_collections.printops.firewall.plugins.module_utils._confirm.traces import Snapshot

from .daemon import FirewalldError, Loaded
from .host import Files, Host
from .objects import (
    OUT_POLICY_FILE,
    POLICY_FILE,
    PREFIX,
    Objects,
)
from .rescue import FIREWALLD_TABLES, TABLE

_DECISIVE = (POLICY_FILE, OUT_POLICY_FILE)
_KEPT = "before.nft"
_ANSWERS = """\
answers() {
    for turn in $(seq 60); do
        timeout 20 firewall-cmd --quiet --state && return
        systemctl --quiet is-active firewalld.service || return
        sleep 0.5
    done
    return 1
}
"""
_LOAD_AGAIN = """\
afresh() { systemctl restart firewalld.service && answers && firewall-cmd --quiet --reload; }
case $(systemctl is-active firewalld.service) in
    active) timeout 60 firewall-cmd --quiet --reload || afresh;;
    inactive) @RESCUED@ || exit 0; afresh;;
    *) afresh;;
esac && answers"""
"""An administrator who stopped the daemon meanwhile wanted it so; a daemon that died is started again.

A daemon that hangs answers no command, and systemd ends it after 90 s.
Before 2.0, what a daemon has left in the kernel that died outlives the next start, and only a reload clears it away.
"""

_START = "systemctl start firewalld.service && answers"
"""The daemon has its name on the bus before it has loaded anything, and from 2.4 on it is started before that."""


def snapshot(host: Host, *, before: Files, after: Files, was_running: bool, stop: bool) -> Snapshot:
    """What takes the change from C(before) to C(after) back; the kernel's rules, where the files cannot be put back."""
    files = {str(host.folder / path): before.get(path) for path in {*before, *after}}
    if not was_running:
        return Snapshot(files=files, load=["systemctl stop firewalld.service"])
    load = _START if stop else _LOAD_AGAIN.replace("@RESCUED@", host.rescue.begun_test())
    rescue = host.rescue.begin_command(f'"$kept/{_KEPT}"')
    return Snapshot(
        files=files,
        load=[
            f'{_ANSWERS}if [ -n "$stuck" ] && [ -s "$kept/{_KEPT}" ]; then\n{rescue}\nelse\n{load}\nfi',
            host.rescue.end_command(),
        ],
        kept={_KEPT: host.rescue.copy().encode()},
    )


def refuse_faults(host: Host, *, before: Files, after: Files) -> None:
    """Raise C(FirewalldError) where the files of others have faults that make firewalld fail open."""
    from .read import (
        config_faults,
    )

    foreign = {path: content for path, content in host.files().items() if path not in before}
    faults = config_faults({**foreign, **after}, shipped=host.shipped())
    if faults:
        raise FirewalldError(
            f"{host.folder} has faults with which firewalld would fail and let everything in, so nothing was changed; "
            f"put them right first: {'; '.join(faults)}"
        )


def carry_out(
    host: Host, *, desired: Objects | None, before: Files, after: Files, was: Loaded, start: bool, holds: bool
) -> None:
    """Go over to C(desired) on disk, in the daemon, which C(was), and in the kernel; see C(ensure).

    C(holds) tells whether daemon and kernel enforce C(before).
    """
    _replace(host, before=before, after=after)
    fault = _faults(host, running=was.running)
    if fault:
        _replace(host, before=after, after=before)
        raise FirewalldError(f"firewalld does not accept its configuration, so our files were put back: {fault}")
    if not was.running:
        if start:
            _start(host, desired=desired, before=before, after=after)
        return
    from .runtime import adjust

    if was.state == "RUNNING":
        host.rescue.remember()
    if holds and adjust(host, desired=desired, before=before, was=was) and not _not_in_kernel(host, desired, after):
        return
    fault = _load(host, desired=desired, files=after) if holds else _load_afresh(host, desired=desired, files=after)
    if fault:
        rescued = host.rescue.begin() or host.rescue.in_force()
        _replace(host, before=after, after=before)
        raise FirewalldError(f"{fault}; {_loaded_again(host, files=before, rescued=rescued)}")
    host.rescue.end()
    host.record.forget()


def _start(host: Host, *, desired: Objects | None, before: Files, after: Files) -> None:
    said = _start_daemon(host)
    fault = said or _not_held(host, desired=desired, files=after)
    if fault:
        stop_daemon(host)
        _replace(host, before=after, after=before)
        raise FirewalldError(
            f"firewalld does not start as it should ({fault}), so it was stopped and our files were put back; "
            "see journalctl --unit firewalld"
        )
    host.rescue.end()


def _not_held(host: Host, *, desired: Objects | None, files: Files) -> str | None:
    """What is said against daemon and kernel enforcing C(desired), None where nothing."""
    loaded = host.loaded()
    if not loaded.holds(desired):
        return f"it is {loaded.state} and has not loaded our rules"
    return _not_in_kernel(host, desired, files)


def _not_in_kernel(host: Host, desired: Objects | None, files: Files) -> str | None:
    if desired is None:
        return None
    from .enforcement import judge_host

    judged = judge_host(host, host.look(), files=files)
    return "; ".join([*judged.unenforced, *judged.different]) or None


def _load(host: Host, *, desired: Objects | None, files: Files) -> str | None:
    said = host.daemon.load()
    if said:
        return f"firewalld refused to load its configuration: {said}"
    fault = _not_held(host, desired=desired, files=files)
    return f"firewalld did not load what was written: {fault}" if fault else None


def _load_afresh(host: Host, *, desired: Objects | None, files: Files) -> str | None:
    """Load into a kernel that lost what firewalld had in it.

    Before 2.0, a reload fails where there is no table to replace, once or for good; a restart does not.
    """
    fault: str | None = "nothing of firewalld's is in the kernel"
    if not host.look().is_empty:
        fault = _load(host, desired=desired, files=files)
    if fault:
        fault = _restart(host, desired=desired, files=files)
    return fault


def _restart(host: Host, *, desired: Objects | None, files: Files) -> str | None:
    status, out, error = host.run(["systemctl", "restart", "firewalld.service"])
    if status:
        return f"firewalld does not start again: {(error or out).strip()}"
    if host.wait_for_word() == "RUNNING" and host.look().has_residue:
        host.rescue.clear(FIREWALLD_TABLES[1])
    fault = _not_held(host, desired=desired, files=files)
    return f"firewalld was started again and does not enforce what was written: {fault}" if fault else None


def _loaded_again(host: Host, *, files: Files, rescued: bool) -> str:
    said = host.daemon.load()
    loaded = host.loaded()
    had_policy = POLICY_FILE in files
    if not said and loaded.state == "RUNNING" and had_policy == (loaded.description is not None):
        host.rescue.end()
        return "our previous files were put back and loaded"
    trouble = (
        "our previous files were put back, but with them firewalld is "
        f"{loaded.state} too ({said or 'our policy is not as it was'}), so the fault is not ours"
    )
    if not rescued:
        return f"{trouble}: THE HOST MAY BE OPEN; put the fault right, then run: systemctl restart firewalld"
    host.rescue.stand_alone()
    return (
        f"{trouble}: firewalld was stopped and the nftables table inet {TABLE} enforces what was loaded before, until "
        "the next boot; put the fault right, then run: systemctl start firewalld, and this module again"
    )


def _replace(host: Host, *, before: Files, after: Files) -> None:
    """Make our files C(after), given that they are C(before).

    What the policies need comes before them and what they no longer need goes after them, so that for each
    direction one rename alone decides, whenever this is interrupted. Output is restricted last, and freed first.
    """
    changed = [path for path in after if before.get(path) != after[path]]
    gone = set(before) - set(after)
    for path in sorted(set(changed) - set(_DECISIVE)):
        _write(host.folder / path, content=after[path])
    _sync_folders(host, changed)
    if OUT_POLICY_FILE in gone:
        (host.folder / OUT_POLICY_FILE).unlink()
    for path in _DECISIVE:
        if path in changed:
            _write(host.folder / path, content=after[path])
    for path in sorted(gone - {OUT_POLICY_FILE}, key=lambda name: name != POLICY_FILE):
        (host.folder / path).unlink()
    _sync_folders(host, (*changed, POLICY_FILE))


def _sync_folders(host: Host, paths: t.Iterable[str]) -> None:
    for folder in {(host.folder / path).parent for path in paths}:
        if folder.exists():
            for unfinished in folder.glob(f".{PREFIX}*.unfinished"):
                unfinished.unlink()
            sync_folder(folder)


def _write(path: pathlib.Path, *, content: bytes) -> None:
    path.parent.mkdir(mode=0o755, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    with unfinished.open("wb") as file:
        os.fchmod(file.fileno(), 0o644)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _faults(host: Host, *, running: bool) -> str | None:
    """What firewalld itself finds wrong in all the files on disk; None where it finds nothing."""
    if running:
        return host.daemon.check()
    status, out, error = host.run(["firewall-offline-cmd", "--check-config"])
    return (error or out).strip() if status else None


def _start_daemon(host: Host) -> str | None:
    """Start the daemon, with connection tracking loaded first so that it knows the sessions there are.

    Returns what is said against it, None where nothing.
    """
    with contextlib.suppress(OSError):
        host.run(["modprobe", "nf_conntrack"])
    died = _left_rules(host)
    status, out, error = host.run(["systemctl", "start", "firewalld.service"])
    if not status:
        host.wait_for_word()
    if died and not status:
        return host.daemon.load()
    return (error or out).strip() if status else None


def _left_rules(host: Host) -> bool:
    """Whether a daemon has died and its rules are still in force: before 2.0, they outlive the next start."""
    try:
        return any(host.run(["nft", "list", "table", "inet", table])[0] == 0 for table in FIREWALLD_TABLES)
    except OSError:
        return False


def stop_daemon(host: Host) -> None:
    """Stop the daemon, whose rules go with it."""
    host.run(["systemctl", "stop", "firewalld.service"])
