# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What holds the ports of this host: processes, their programs, and whether they take JMX there."""

from __future__ import annotations

import os
import pathlib
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._host.listeners import listeners

_GONE = " (deleted)"


def held_ports(*, proc: pathlib.Path = pathlib.Path("/proc")) -> t.List[t.Dict[str, t.Any]]:
    """All listening sockets by protocol and port, each with C(addresses), C(holders), C(jmx), C(local_management)
    and C(ephemeral).

    A holder is C(pid), C(name) and C(program), the path of its executable. Without root there are none.
    """
    return [
        {
            **{key: value for key, value in one.as_json().items() if key not in ("process", "pids")},
            "holders": [_holder(proc / str(pid)) for pid in one.pids],
        }
        for one in listeners(proc=proc)
    ]


def _holder(process: pathlib.Path) -> t.Dict[str, t.Any]:
    return {"pid": int(process.name), "name": _text(process / "comm").strip(), "program": _program(process)}


def _program(process: pathlib.Path) -> str:
    try:
        path = os.readlink(process / "exe")
    except OSError:
        return ""
    return path[: -len(_GONE)] if path.endswith(_GONE) else path


def _text(file: pathlib.Path) -> str:
    """Nothing where the process has ended."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
