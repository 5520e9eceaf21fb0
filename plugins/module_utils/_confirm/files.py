# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Files that must be whole after a power cut, and a lock that shell scripts can take too."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import time
import typing as t

RETRY_SECONDS = 0.1


class LockedError(Exception):
    """The lock cannot be had; the message says why."""


@contextlib.contextmanager
def locked(path: pathlib.Path, *, seconds: float) -> t.Iterator[None]:
    """Hold the lock that flock(1) takes on C(path), which names the holder; raises C(LockedError)."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = path.open("a+", encoding="ascii")
    except OSError as error:
        raise LockedError(f"cannot lock: {error}") from error
    with lock:
        deadline = time.monotonic() + seconds
        while not _try_lock(lock.fileno()):
            if time.monotonic() >= deadline:
                raise LockedError(f"process {holder_of(path)} has held {path} for {seconds:.0f} s; nothing was changed")
            time.sleep(RETRY_SECONDS)
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)


def holder_of(path: pathlib.Path) -> str:
    """The number of the process that holds the lock, and what it does where it says so."""
    return read_text(path) or "unknown"


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def read(path: pathlib.Path) -> t.Optional[bytes]:
    """The content, or None where there is no such file."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def read_text(path: pathlib.Path) -> str:
    """The first line without its end; empty where there is no such file."""
    return ((read(path) or b"").decode("utf-8", "replace").splitlines() or [""])[0]


def write(path: pathlib.Path, content: bytes, *, like: t.Optional[pathlib.Path] = None) -> None:
    """Write through to the disk; with owner and mode of C(like), or for root alone."""
    with path.open("wb") as file:
        if like is None:
            os.fchmod(file.fileno(), 0o600)
        else:
            status = like.stat()
            os.fchown(file.fileno(), status.st_uid, status.st_gid)
            os.fchmod(file.fileno(), status.st_mode & 0o7777)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: pathlib.Path) -> None:
    descriptor = os.open(str(folder), os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(*paths: pathlib.Path) -> None:
    """Remove what is there of the files."""
    for path in paths:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()
