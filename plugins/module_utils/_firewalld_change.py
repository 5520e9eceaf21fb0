# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Bring a host's firewalld to desired objects, or leave it as it was."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._firewalld import (
    POLICY_FILE,
    Objects,
)
from ansible_collections.printops.firewall.plugins.module_utils._firewalld_host import (
    Files,
    FirewalldError,
    Host,
    Loaded,
)
from ansible_collections.printops.firewall.plugins.module_utils._firewalld_rescue import TABLE
from ansible_collections.printops.firewall.plugins.module_utils._pending import Snapshot

LOAD_AGAIN = """\
afresh() { systemctl restart firewalld.service && firewall-cmd --quiet --reload; }
case $(systemctl is-active firewalld.service) in
    active) firewall-cmd --quiet --reload || afresh;;
    inactive) exit 0;;
    *) afresh;;
esac && firewall-cmd --quiet --state"""
"""An administrator who stopped the daemon meanwhile wanted it so; a daemon that died is started again.

Before 2.0, what a daemon has left in the kernel that died outlives the next start, and only a reload clears it away.
"""

Guard = t.Callable[[Snapshot], "contextlib.AbstractContextManager[None]"]


def _unguarded(_snapshot: Snapshot) -> contextlib.AbstractContextManager[None]:
    return contextlib.nullcontext()


@dataclass(frozen=True)
class Outcome:
    """What was, and what was done about it: C(before) are our files, C(running) is the daemon."""

    before: Files
    files_differ: bool
    repaired: bool
    running: bool


def ensure(
    *,
    host: Host,
    loaded: Loaded,
    desired: Objects | None,
    check_mode: bool,
    start: bool = False,
    stop: bool = False,
    guard: Guard = _unguarded,
) -> Outcome:
    """Have exactly the C(desired) objects on disk and loaded, where C(loaded) is so far; None stands for none of ours.

    C(start) starts the daemon, which does not run, with the objects in place; C(stop) stops it. C(guard) is entered
    before anything is changed. Raises C(FirewalldError) with everything as it was before, unless its message says
    otherwise.
    """
    before = host.own_files()
    after: Files = desired.files if desired else {}
    differ = before != after
    outdated = loaded.running and (not loaded.holds(desired) or host.rescue.in_force())
    if differ or outdated or start or stop:
        _refuse_faults(host, before=before, after=after)
        if not check_mode:
            with guard(_snapshot(host, before=before, after=after, was_running=loaded.running, stop=stop)):
                if stop:
                    host.stop()
                    loaded = host.loaded()
                    host.rescue.end()
                _change(host, desired=desired, before=before, after=after, was=loaded, start=start)
    running = loaded.running or (start and not check_mode)
    return Outcome(before, files_differ=differ, repaired=outdated and not differ, running=running)


def _snapshot(host: Host, *, before: Files, after: Files, was_running: bool, stop: bool) -> Snapshot:
    load = "systemctl start firewalld.service" if stop else LOAD_AGAIN
    return Snapshot(
        files={str(host.folder / path): before.get(path) for path in {*before, *after}},
        load=[load, host.rescue.end_command()] if was_running else ["systemctl stop firewalld.service"],
    )


def _refuse_faults(host: Host, *, before: Files, after: Files) -> None:
    from ansible_collections.printops.firewall.plugins.module_utils._firewalld_read import (
        config_faults,
    )

    foreign = {path: content for path, content in host.files().items() if path not in before}
    faults = config_faults({**foreign, **after}, shipped=host.shipped())
    if faults:
        raise FirewalldError(
            f"{host.folder} has faults with which firewalld would fail and let everything in, so nothing was changed; "
            f"put them right first: {'; '.join(faults)}"
        )


def _change(host: Host, *, desired: Objects | None, before: Files, after: Files, was: Loaded, start: bool) -> None:
    host.replace(before=before, after=after)
    fault = host.check(running=was.running)
    if fault:
        host.replace(before=after, after=before)
        raise FirewalldError(f"firewalld does not accept its configuration, so our files were put back: {fault}")
    if not was.running:
        if start:
            _start(host, desired=desired, before=before, after=after)
        return
    from ansible_collections.printops.firewall.plugins.module_utils._firewalld_runtime import adjust

    if was.state == "RUNNING":
        host.rescue.remember()
    if adjust(host, desired=desired, before=before, was=was):
        return
    fault = _load(host, desired=desired)
    if fault:
        rescued = host.rescue.begin() or host.rescue.in_force()
        host.replace(before=after, after=before)
        raise FirewalldError(f"{fault}; {_loaded_again(host, had_policy=POLICY_FILE in before, rescued=rescued)}")
    host.rescue.end()
    host.record.forget()


def _start(host: Host, *, desired: Objects | None, before: Files, after: Files) -> None:
    said = host.start()
    loaded = host.loaded()
    if said or not loaded.holds(desired):
        host.stop()
        host.replace(before=after, after=before)
        raise FirewalldError(
            f"firewalld does not start as it should ({said or f'it is {loaded.state} and has not loaded our rules'}), "
            "so it was stopped and our files were put back; see journalctl --unit firewalld"
        )
    host.rescue.end()


def _load(host: Host, *, desired: Objects | None) -> str | None:
    said = host.load()
    loaded = host.loaded()
    if said:
        return f"firewalld refused to load its configuration: {said}"
    if not loaded.holds(desired):
        return f"firewalld is {loaded.state} after the reload and has not loaded what was written"
    return None


def _loaded_again(host: Host, *, had_policy: bool, rescued: bool) -> str:
    said = host.load()
    loaded = host.loaded()
    if not said and loaded.state == "RUNNING" and had_policy == (loaded.description is not None):
        host.rescue.end()
        return "our previous files were put back and loaded"
    trouble = (
        "our previous files were put back, but with them firewalld is "
        f"{loaded.state} too ({said or 'our policy is not as it was'}), so the fault is not ours"
    )
    if not rescued:
        return f"{trouble}: THE HOST MAY BE OPEN; put the fault right, then run: firewall-cmd --reload"
    host.rescue.stand_alone()
    return (
        f"{trouble}: firewalld was stopped and the nftables table inet {TABLE} enforces what was loaded before, until "
        "the next boot; put the fault right, then run: systemctl start firewalld, and this module again"
    )
