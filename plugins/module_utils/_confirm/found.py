# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a firewall was before this collection first changed it, so that removal can leave it so."""

from __future__ import annotations

import json
import pathlib
import typing as t
from dataclasses import asdict, dataclass, field, replace

from . import files as disk
from .traces import STATE_FOLDER, PendingError

Run = t.Callable[[t.List[str]], t.Tuple[int, str, str]]


@dataclass(frozen=True)
class Found:
    """How a host was found.

    C(known) is false where rules of ours were there already. C(files) maps paths to what was in them, one character a
    byte; C(sysctl) kernel settings that the firewall changes to their values; C(folders) are those that were missing,
    C(tables) the nftables tables and chains there were; C(started) tells whether a run of ours has started
    the firewall since.
    """

    known: bool
    active: bool
    at_boot: bool
    files: t.Mapping[str, str] = field(default_factory=dict)
    sysctl: t.Mapping[str, str] = field(default_factory=dict)
    folders: t.Sequence[str] = field(default_factory=list)
    tables: t.Sequence[str] = field(default_factory=list)
    started: bool = False


class FoundFile:
    """The record of one provider; it is written before the first change and goes with the last."""

    def __init__(self, *, provider: str, root: pathlib.Path = pathlib.Path("/")) -> None:
        self.path = root / STATE_FOLDER / provider / "found.json"

    def read(self) -> t.Optional[Found]:
        content = disk.read(self.path)
        return Found(**json.loads(content)) if content else None

    def note(self, found: t.Callable[[], Found], *, starts: bool) -> None:
        """Record what C(found) tells unless that was done before, and that the firewall is being started.

        Raises C(PendingError) where it cannot be kept.
        """
        earlier = self.read()
        record = earlier or found()
        if starts and not record.started:
            record = replace(record, started=True)
        if record != earlier:
            try:
                self._write(record)
            except OSError as error:
                disk.remove(self.path.with_name("found.json.new"))
                raise PendingError(f"cannot record how the host was found: {error}; nothing was changed") from error

    def _write(self, record: Found) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self.path.with_name("found.json.new")
        disk.write(unfinished, (json.dumps(asdict(record), indent=1, sort_keys=True) + "\n").encode())
        unfinished.replace(self.path)
        disk.sync_folder(self.path.parent)

    def is_to_stop(self) -> bool:
        """Whether the firewall runs only because a run of ours started it."""
        record = self.read()
        return bool(record and record.known and record.started and not record.active)


def is_at_boot(run: Run, *, unit: str) -> bool:
    status, _out, _error = run(["systemctl", "--quiet", "is-enabled", f"{unit}.service"])
    return status == 0


def nft_tables(run: Run) -> t.List[str]:
    """Tables and their chains, such as C(table ip filter) and C(chain ip filter INPUT)."""
    try:
        _status, tables, _error = run(["nft", "list", "tables"])
        _status, listing, _error = run(["nft", "list", "chains"])
    except OSError:
        return []
    chains, table = [], ""
    for words in map(str.split, listing.splitlines()):
        if words[:1] == ["table"]:
            table = " ".join(words[1:3])
        elif words[:1] == ["chain"]:
            chains.append(f"chain {table} {words[1]}")
    return [*tables.splitlines(), *chains]


def ufw_settings(root: pathlib.Path) -> t.Dict[str, str]:
    """The kernel settings that ufw changes when it starts, and their values now."""
    lines = (disk.read(root / "etc/ufw/sysctl.conf") or b"").decode("utf-8", "replace").splitlines()
    names = [
        line.partition("=")[0].strip().replace(".", "/") for line in lines if "=" in line and line.strip()[0] != "#"
    ]
    values = {name: disk.read(root / "proc/sys" / name) for name in names}
    return {name: value.decode().strip() for name, value in values.items() if value is not None}
