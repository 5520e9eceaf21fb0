# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What was found about rules of others, kept below C(/run) for as long as nothing that it depends on changes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import typing as t

from .host import ALL_KINDS, Host
from .objects import PREFIX


class Heard:
    """The sentences about files and zones of others, with a digest of these, of the zones in use and of our rules."""

    def __init__(self, host: Host, *, rules: object, active_zones: t.Mapping[str, t.Sequence[str]]) -> None:
        self._path = host.root / "run/printops-firewalld.foreign"
        self._digest = _digest(host, json.dumps([rules, active_zones], sort_keys=True))

    def recall(self) -> t.Optional[t.List[str]]:
        """None where something is other than it was."""
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            return list(kept["told"]) if kept["digest"] == self._digest else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def remember(self, told: t.Sequence[str]) -> None:
        """Where that cannot be kept, the next run looks anew."""
        with contextlib.suppress(OSError):
            unfinished = self._path.with_name(f"{self._path.name}.new")
            unfinished.write_text(json.dumps({"digest": self._digest, "told": list(told)}), encoding="utf-8")
            unfinished.replace(self._path)


def _digest(host: Host, given: str) -> str:
    """Of the administrator's files to the byte, and of those that firewalld brings by name, size and time."""
    told = hashlib.sha256(f"{given}\n{host.configuration()}".encode())
    for kind in ALL_KINDS:
        for path in sorted((host.folder / kind).glob("*.xml")):
            if not path.name.startswith(PREFIX):
                told.update(f"{kind}/{path.name}\n".encode() + path.read_bytes())
        with contextlib.suppress(OSError), os.scandir(host.root / "usr/lib/firewalld" / kind) as shipped:
            for entry in sorted(shipped, key=lambda one: one.name):
                status = entry.stat()
                told.update(f"{entry.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return told.hexdigest()
