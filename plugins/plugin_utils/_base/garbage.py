# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Python's garbage collector, out of the way of what makes many values."""

from __future__ import annotations

import contextlib
import gc
import typing as t


@contextlib.contextmanager
def paused_garbage_collector() -> t.Iterator[None]:
    """For making many values, none of them in cycles: a third of the time would go into looking for some."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
