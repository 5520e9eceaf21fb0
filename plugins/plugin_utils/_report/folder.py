# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The folder of a report: what differs is written, and what only an earlier report had goes."""

from __future__ import annotations

import pathlib
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReportError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.files import replace_file

TABLES = ("flow_matrix", "change_request", "open_inputs", "findings")
OURS = frozenset(
    (
        *(f"{name}.{form}" for name in TABLES for form in ("csv", "json")),
        "flow_matrix.xlsx",
        "change_request.xlsx",
        "report.html",
        "estate.svg",
        "components.svg",
        "difference.txt",
        "perimeter.pol.yaml",
        "perimeter_networks.yaml",
        "perimeter_services.yaml",
    )
)


@dataclass(frozen=True)
class Update:
    """What a folder needs to have these files and no other of ours."""

    folder: pathlib.Path
    files: t.Mapping[str, bytes]
    written: list[str]
    removed: list[str]

    @classmethod
    def of(cls, folder: str, files: t.Mapping[str, bytes]) -> Update:
        """Raises C(ReportError) where the folder is no absolute path, or a file."""
        path = pathlib.Path(folder)
        if not path.is_absolute():
            raise ReportError(f"report_folder is {folder!r}; it must be an absolute path")
        if path.exists() and not path.is_dir():
            raise ReportError(f"report_folder is {folder!r}, which is a file; give a folder")
        there = {name for name in OURS if (path / name).is_file()}
        return cls(
            folder=path,
            files=files,
            written=sorted(
                name for name, content in files.items() if name not in there or (path / name).read_bytes() != content
            ),
            removed=sorted(there - files.keys()),
        )

    def make(self) -> None:
        """Write and remove, each file at once; raises C(OSError)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in self.written:
            replace_file(self.folder / name, self.files[name])
        for name in self.removed:
            (self.folder / name).unlink()
