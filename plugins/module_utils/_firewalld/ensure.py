# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Bring a host's firewalld to desired objects, or leave it as it was; most runs find nothing to change."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._confirm.traces import Snapshot

from .daemon import Loaded
from .host import Files, Host
from .look import Look
from .objects import Objects

NOT_LOADED = "what firewalld had loaded was not what its files say"

Guard = t.Callable[[Snapshot], "contextlib.AbstractContextManager[None]"]


def _unguarded(_snapshot: Snapshot) -> contextlib.AbstractContextManager[None]:
    return contextlib.nullcontext()


class Outcome(t.NamedTuple):
    """What was, and what was done about it: C(before) are our files, C(running) is the daemon.

    C(reasons) say why firewalld did not enforce its files, where something was to be repaired.
    """

    before: Files
    files_differ: bool
    reasons: t.Sequence[str]
    running: bool

    @property
    def repaired(self) -> bool:
        return bool(self.reasons) and not self.files_differ


def ensure(
    *,
    host: Host,
    loaded: Loaded,
    look: t.Callable[[], Look],
    desired: Objects | None,
    check_mode: bool,
    start: bool = False,
    stop: bool = False,
    guard: Guard = _unguarded,
) -> Outcome:
    """Have exactly the C(desired) objects on disk and loaded, where C(loaded) is so far; None stands for none of ours.

    C(look) gives what the kernel holds, which is put right too.

    C(start) starts the daemon, which does not run, with the objects in place; C(stop) stops it. C(guard) is entered
    before anything is changed. Raises C(FirewalldError) with everything as it was before, unless its message says
    otherwise.
    """
    before = host.own_files()
    after = files_of(desired)
    differ = before != after
    reasons = _reasons(host, loaded=loaded, look=look, desired=desired, before=before) if loaded.running else []
    outdated = bool(reasons)
    if differ or outdated or start or stop:
        from .change import (
            carry_out,
            refuse_faults,
            snapshot,
            stop_daemon,
        )

        refuse_faults(host, before=before, after=after)
        if not check_mode:
            with guard(snapshot(host, before=before, after=after, was_running=loaded.running, stop=stop)):
                if stop:
                    stop_daemon(host)
                    loaded = host.loaded()
                    host.rescue.end()
                carry_out(host, desired=desired, before=before, after=after, was=loaded, start=start, holds=not reasons)
    running = loaded.running or (start and not check_mode)
    return Outcome(before, files_differ=differ, reasons=reasons, running=running)


def files_of(desired: Objects | None) -> Files:
    return desired.files if desired else {}


def _reasons(
    host: Host, *, loaded: Loaded, look: t.Callable[[], Look], desired: Objects | None, before: Files
) -> list[str]:
    """Why the daemon or the kernel do not enforce the files; none where all is well."""
    if host.rescue.in_force():
        return ["the rules of a table that was saved are in force, because firewalld failed to load its own"]
    if loaded.state != "RUNNING":
        return [f"firewalld is {loaded.state}"]
    held = [] if before != files_of(desired) or loaded.holds(desired) else [NOT_LOADED]
    if desired is None or host.seen_right.is_as_before(look()):
        return held
    from .enforcement import judge_host

    judged = judge_host(host, look(), files=before)
    return [*judged.unenforced, *held, *judged.different]
