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
from .objects import Objects

Guard = t.Callable[[Snapshot], "contextlib.AbstractContextManager[None]"]


def _unguarded(_snapshot: Snapshot) -> contextlib.AbstractContextManager[None]:
    return contextlib.nullcontext()


class Outcome(t.NamedTuple):
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
                carry_out(host, desired=desired, before=before, after=after, was=loaded, start=start)
    running = loaded.running or (start and not check_mode)
    return Outcome(before, files_differ=differ, repaired=outdated and not differ, running=running)
