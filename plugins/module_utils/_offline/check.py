# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Whether a rendered folder is whole and safe, before anything else of it runs: it needs no other file of it."""

from __future__ import annotations

import hashlib
import os
import pathlib
import re
import stat
import sys
import typing as t

SUMS_FILE = "SHA256SUMS"
FEW = 5
_NOT_OURS = re.compile(r"(SHA256SUMS\.[^/]+|\.git(/.*)?)\Z")
"""Signatures of the digests, and what Git keeps of a folder: nothing of it is ever run."""
_PLAIN = re.compile(r"\\?([0-9A-Fa-f]{64})[ \t]+\*?(.+)\Z")
_TAGGED = re.compile(r"SHA256 \((.+)\) ?= ?([0-9A-Fa-f]{64})\Z")
_SIGNED = re.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[^\n]+\n)*\n(.*?)-----BEGIN PGP SIGNATURE-----", re.DOTALL
)


class FolderError(Exception):
    """The folder is not as it was rendered, or not safe; the message says what is wrong with which file."""


def enter(command: str, folder: str) -> None:
    """End with one sentence where C(folder) must not be used; nothing of the environment reaches another Python."""
    _expect_streams(command)
    for name in [name for name in os.environ if name.startswith("PYTHON")]:
        del os.environ[name]
    try:
        check(folder)
    except (FolderError, OSError) as error:
        raise SystemExit(f"{command}: {error}. Nothing was changed") from None


def _expect_streams(command: str) -> None:
    """With a closed stream, the next file that is opened would take its place."""
    for stream, other, name in ((sys.stderr, sys.stdout, "error output"), (sys.stdout, sys.stderr, "output")):
        if stream is None:
            if other is not None:
                other.write(f"{command}: the standard {name} is closed. Nothing was changed\n")
                other.flush()
            os._exit(1)
    if sys.stdin is None:
        os.open(os.devnull, os.O_RDONLY)


def check(folder: str) -> None:
    """Raise C(FolderError) unless the folder has exactly the files that its digests name, and only root may write."""
    root = pathlib.Path(folder)
    sums = parse_sums((root / SUMS_FILE).read_bytes(), place=str(root / SUMS_FILE))
    found = set(_files(root))
    _expect_safe(root, found)
    for what, names in (("lacks", sums.keys() - found), ("has besides what was rendered", found - sums.keys())):
        if names:
            raise FolderError(f"{folder} {what}: {_few(names)}; bring it anew, into an empty folder")
    for name in sorted(sums):
        content = (root / name).read_bytes()
        if hashlib.sha256(content).hexdigest() == sums[name]:
            continue
        if hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest() == sums[name]:
            raise FolderError(f"the line ends of {root / name} were changed on its way here; bring it as an archive")
        raise FolderError(
            f"{root / name} is not the file that was rendered and reviewed; change the inventory and render again"
        )


def parse_sums(content: bytes, *, place: str) -> t.Dict[str, str]:
    """Names of files, relative to the folder, to digests in lower case.

    As C(sha256sum), also with C(--tag) or C(--binary), and C(Get-FileHash) write them; clear-signed or not, which is
    for the reader to verify. Raises C(FolderError).
    """
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding).replace("\r\n", "\n")
    except UnicodeError as error:
        raise FolderError(f"{place} is no text: {error}") from error
    signed = _SIGNED.search(text)
    sums = {}
    for number, line in enumerate((signed.group(1) if signed else text).split("\n"), start=1):
        if line.strip():
            name, digest = _sum(line.rstrip(), place=f"{place}: line {number}")
            sums[name] = digest
    sums.pop(SUMS_FILE, None)
    if not sums:
        raise FolderError(f"{place} names no file")
    return sums


def _sum(line: str, *, place: str) -> t.Tuple[str, str]:
    plain, tagged = _PLAIN.match(line), _TAGGED.match(line)
    if plain:
        digest, name = plain.groups()
    elif tagged:
        name, digest = tagged.groups()
    else:
        raise FolderError(f"{place} is no digest of a file in this folder")
    parts = [part for part in name.replace("\\", "/").split("/") if part != "."]
    if not parts or ".." in parts or "" in parts:
        raise FolderError(f"{place} is no digest of a file in this folder")
    return "/".join(parts), digest.lower()


def _files(root: pathlib.Path) -> t.Iterator[str]:
    """Names of all that is no folder, relative to C(root); not where the output of this very command goes."""
    written = {(status.st_dev, status.st_ino) for status in map(os.fstat, (1, 2)) if stat.S_ISREG(status.st_mode)}
    for path in root.rglob("*"):
        status = path.lstat()
        name = path.relative_to(root).as_posix()
        if stat.S_ISDIR(status.st_mode) or name == SUMS_FILE or _NOT_OURS.match(name):
            continue
        if (status.st_dev, status.st_ino) not in written:
            yield name


def _expect_safe(root: pathlib.Path, names: t.Iterable[str]) -> None:
    """Raise C(FolderError) where somebody else than root may change the folder, or put another in its place."""
    files = {root / name for name in (SUMS_FILE, *names)}
    inside = {*files, *(folder for file in files for folder in file.parents if root in folder.parents), root}
    for path in (*sorted(inside), *root.parents):
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            raise FolderError(f"{path} is a link; bring the folder anew")
        shared = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX and path not in inside
        others = status.st_mode & stat.S_IWOTH or (status.st_mode & stat.S_IWGRP and status.st_gid != 0)
        if status.st_uid != 0 or (others and not shared):
            raise FolderError(
                f"others than root may change {path}; copy the folder to where only root can write: "
                f"cp -r --no-preserve=all {root} /root/ && chmod -R u=rwX,go=rX /root/{root.name}"
            )


def _few(names: t.Iterable[str]) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:FEW]) + (f" and {len(ordered) - FEW} more" if len(ordered) > FEW else "")
