# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look for texts in the command lines and environments of all processes, those of the machines among them."""

from __future__ import annotations

import base64
import pathlib
import threading
import typing as t

PAUSE_S = 0.01
PROC = pathlib.Path("/proc")


def forms(secret: str) -> tuple[bytes, ...]:
    """A secret as it is, and as it looks somewhere within a text in Base64."""
    coded = []
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + secret.encode()).decode().rstrip("=")
        coded.append(text[4 if shift else 0 : -1].encode())
    return (secret.encode(), *coded)


class Watch:
    """Samples C(/proc) from entry to exit; C(found) has the hits, C(processes) the processes that were seen."""

    def __init__(self, secrets: t.Iterable[str]) -> None:
        self._needles = [form for secret in secrets for form in forms(secret)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self.found: set[str] = set()
        self.processes: set[int] = set()

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_failure: object) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._stop.wait(PAUSE_S):
            for folder in PROC.glob("[0-9]*"):
                for name in ("cmdline", "environ"):
                    try:
                        text = (folder / name).read_bytes()
                    except OSError:
                        continue
                    self.processes.add(int(folder.name))
                    if any(needle in text for needle in self._needles):
                        self.found.add(f"{name}: {text[:200]!r}")
