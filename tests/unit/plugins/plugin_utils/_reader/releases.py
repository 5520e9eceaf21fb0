# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other releases of a catalog's document, made by chance from a number, with the truth about every row."""

from __future__ import annotations

import dataclasses
import random
import re
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._reader.base import Base
from ansible_collections.printops.firewall.plugins.plugin_utils._reader.cells import read_ports
from ansible_collections.printops.firewall.plugins.plugin_utils._reader.model import PORT_ROLES

HEADERS = {
    "client": ("Client side", "Source", "From"),
    "server": ("Server side", "Destination", "To"),
    "unsecured": ("Unsecured server side port", "Unsecured port"),
    "secured": ("Secured server side port", "Secured port"),
    "port": ("Port", "Port number", "Ports"),
    "protocol": ("Type", "Network protocols", "Protocol"),
    "application": ("Application protocols", "Application protocol"),
    "required": ("Required?", "Required"),
    "description": ("Description", "Transferred data", "Purpose"),
}
NEW_ENDS = (
    "Archive Gateway",
    "Badge Directory",
    "Cloud Connector",
    "Audit Collector",
    "Kiosk Controller",
    "Fax Bridge",
)
NEW_WORDS = ("Mandatory for archiving", "Optional (if using badges)", "Mandatory with Cloud Connector")


@dataclasses.dataclass
class Line:
    """A row; C(truth): the flows that it may be, none for a new one; C(new_port): whether its port changed."""

    section: str
    cells: dict[str, str]
    truth: frozenset[str]
    new_port: bool = False


@dataclasses.dataclass
class Release:
    """All rows, by sections in printed order, and the columns with the words that their headers have."""

    lines: list[Line]
    columns: dict[str, str]
    removed: frozenset[str]

    def shuffle(self, chance: random.Random, *, unknown_column: bool) -> None:
        """Columns in another order, and now and then one more that nobody knows."""
        roles = list(self.columns)
        chance.shuffle(roles)
        self.columns = {role: self.columns[role] for role in roles}
        if unknown_column and chance.random() < 0.3:
            self.columns["zone"] = "Firewall zone"
            for line in self.lines:
                line.cells["zone"] = chance.choice(("inside", "outside", ""))


def release_of(base: Base, seed: int) -> Release:
    """Rows removed, added, split, renumbered, reworded and with other ports, about one in ten of each."""
    chance = random.Random(seed)  # noqa: S311
    lines = [
        Line(
            base.catalog.sections[row.section],
            {**row.cells, "description": _told_otherwise(row.flow.purpose, chance)},
            frozenset(twin.id for twin in base.rows if (twin.section, twin.cells) == (row.section, row.cells)),
        )
        for row in base.rows
    ]
    removed = {chance.randrange(len(lines)) for _ in range(len(lines) // 12)}
    gone = frozenset(base.rows[index].id for index in removed)
    kept = [line for index, line in enumerate(lines) if index not in removed]
    for line in kept:
        _change(line, chance)
    kept = [part for line in kept for part in _split(line, chance)]
    for _ in range(len(kept) // 15):
        kept.insert(chance.randrange(len(kept)), _added(chance.choice(kept), chance))
    kept = _renumbered(kept, chance)
    return Release(kept, {role: chance.choice(HEADERS[role]) for role in _columns(base)}, gone)


def _columns(base: Base) -> list[str]:
    return [*base.rows[0].columns, "description"]


def _change(line: Line, chance: random.Random) -> None:
    roll = chance.random()
    if roll < 0.08:
        role = next((role for role in PORT_ROLES if read_ports(line.cells.get(role, "")).ports), None)
        if role:
            line.cells[role] = _other_port(line.cells[role], chance)
            line.new_port = True
    elif roll < 0.16 and line.cells.get("application"):
        line.cells["application"] = f"{line.cells['application']} (TLS 1.2)"
    elif roll < 0.22:
        role = chance.choice([role for role in ("client", "server", "required") if role in line.cells])
        line.cells[role] = _reworded(line.cells[role], role, chance)


def _other_port(cell: str, chance: random.Random) -> str:
    first, *_others = re.findall(r"\d+", cell)
    return cell.replace(first, str(min(65000, int(first) + chance.choice((1, 7, 100)))), 1)


def _reworded(text: str, role: str, chance: random.Random) -> str:
    if role == "required":
        return chance.choice((text.replace("using", "using a"), text.replace("Mandatory", "Optional"), f"{text} (all)"))
    return chance.choice((f"{text} service", f"the {text}", text.upper(), f"{text} (all)"))


def _told_otherwise(purpose: str, chance: random.Random) -> str:
    """Another sentence about the same: some of its words, in another order."""
    words = [word for word in purpose.rstrip(".").split() if chance.random() < 0.6]
    chance.shuffle(words)
    return f"Used for {' '.join(words)}".strip()


def _split(line: Line, chance: random.Random) -> list[Line]:
    role = next(
        (role for role in PORT_ROLES if "/" in line.cells.get(role, "") and read_ports(line.cells[role]).ports), None
    )
    if role is None or chance.random() > 0.1 or line.new_port:
        return [line]
    first, _slash, second = line.cells[role].partition("/")
    return [
        Line(line.section, {**line.cells, role: part.strip()}, line.truth | {""}, new_port=True)
        for part in (first, second)
    ]


def _added(beside: Line, chance: random.Random) -> Line:
    cells = dict.fromkeys(beside.cells, "")
    fresh = str(chance.randrange(20000, 60000))
    values = {
        "client": chance.choice(NEW_ENDS),
        "server": chance.choice(NEW_ENDS),
        "required": chance.choice(NEW_WORDS),
        "unsecured": fresh,
        "secured": "n/a",
        "port": fresh,
        "protocol": chance.choice(("TCP", "UDP")),
        "application": "HTTPS",
        "description": "A link that is new in this release.",
    }
    return Line(beside.section, {role: values[role] for role in cells}, frozenset())


def _renumbered(lines: list[Line], chance: random.Random) -> list[Line]:
    sections = list(dict.fromkeys(line.section for line in lines))
    ordered: list[Line] = []
    for section in sections:
        ours = [line for line in lines if line.section == section]
        for _ in range(len(ours) // 6):
            ours.insert(chance.randrange(len(ours)), ours.pop(chance.randrange(len(ours))))
        ordered += ours
    return ordered


def all_texts(release: Release) -> t.Iterator[str]:
    """Every cell of every row."""
    for line in release.lines:
        yield from line.cells.values()
