# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A rendered folder on the controller: the same files for the same plan, to the byte, and no stale ones."""

from __future__ import annotations

import contextlib
import hashlib
import pathlib
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._offline.check import (
    SUMS_FILE,
    FolderError,
    parse_sums,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import RenderError

from .model import File


def folder_of(host: str, *, base: str) -> pathlib.Path:
    """Where the files of a host go; raises C(RenderError) where that is no absolute path, or no folder of its own."""
    if not pathlib.PurePath(base).is_absolute():
        raise RenderError(f"printops_render_folder is {base!r}; it must be an absolute path")
    if host in (".", "..") or {"/", "\\", "\0"} & set(host):
        raise RenderError(f"host {host}: this name cannot be that of a folder; give the host another inventory name")
    return pathlib.Path(base, host)


@dataclass(frozen=True)
class Update:
    """What a folder needs to hold exactly C(files): names, relative to it."""

    folder: pathlib.Path
    files: t.Mapping[str, File]
    written: t.Sequence[str]
    removed: t.Sequence[str]

    @classmethod
    def of(cls, folder: pathlib.Path, files: t.Mapping[str, File]) -> Update:
        """Raises C(RenderError) where the folder has other files than those of an earlier rendering."""
        files = {**files, SUMS_FILE: File.of(sums(files))}
        return cls(
            folder=folder,
            files=files,
            written=sorted(name for name, file in files.items() if not _is_there(folder / name, file)),
            removed=sorted(name for name in _rendered_earlier(folder) if name not in files),
        )

    def make(self) -> None:
        """Write, remove; raises C(OSError). The digests come last, so that a broken folder does not pass for whole."""
        for name in sorted(self.written, key=lambda name: (name == SUMS_FILE, name)):
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.write_bytes(self.files[name].content)
            path.chmod(self.files[name].mode)
        for name in self.removed:
            path = self.folder / name
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                for parent in path.parents:
                    if parent == self.folder:
                        break
                    parent.rmdir()


def sums(files: t.Mapping[str, File]) -> str:
    """The text of C(SHA256SUMS), as sha256sum writes it."""
    return "".join(f"{hashlib.sha256(files[name].content).hexdigest()}  {name}\n" for name in sorted(files))


def _is_there(path: pathlib.Path, file: File) -> bool:
    return (
        path.is_file()
        and not path.is_symlink()
        and path.read_bytes() == file.content
        and path.stat().st_mode & 0o777 == file.mode
    )


def _rendered_earlier(folder: pathlib.Path) -> t.Iterable[str]:
    if not folder.exists():
        return ()
    if not folder.is_dir():
        raise RenderError(f"{folder} is no folder; give another printops_render_folder")
    if not (folder / SUMS_FILE).exists():
        if any(folder.iterdir()):
            raise RenderError(
                f"{folder} has files that were not rendered, and no {SUMS_FILE}; give another printops_render_folder"
            )
        return ()
    try:
        return parse_sums((folder / SUMS_FILE).read_bytes(), place=str(folder / SUMS_FILE))
    except FolderError as error:
        raise RenderError(str(error)) from error
