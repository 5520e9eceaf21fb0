# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a document changes of a catalog: each row unchanged, changed cell by cell, new, gone, or not read."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .base import Base, BaseRow, has_ports, reading_of
from .cells import read_ports, read_protocols
from .match import Match, Matcher
from .model import FACTS, PORT_ROLES, Document, Row, Unread
from .similar import ports_of, protocols_of

Status = t.Literal["unchanged", "changed", "new", "gone", "unread"]


class CellChange(t.NamedTuple):
    """A cell before and after; C(meaning): it may change what is opened, and is no other wording only."""

    column: str
    old: str
    new: str
    meaning: bool


class Question(t.NamedTuple):
    """What the print leaves open in a cell, and what the catalog's reading of the same print says, if it has one."""

    column: str
    text: str
    answer: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one row of the document or of the catalog."""

    status: Status
    row: Row | None = None
    base: BaseRow | None = None
    changes: tuple[CellChange, ...] = ()
    confidence: str = "certain"
    why: str = ""
    questions: tuple[Question, ...] = ()
    unread: Unread | None = None

    @property
    def means_something_else(self) -> bool:
        """Whether what is opened may change."""
        return any(change.meaning for change in self.changes)


@dataclass(frozen=True)
class Comparison:
    """All outcomes: rows in order of the document, then flows that are gone, then what could not be read.

    C(missing) are sections of the catalog that the document has no row of: a part of a document says nothing of them.
    C(untold) are flows that no row is like of a document without the columns that would tell their ends.
    """

    base: Base
    document: Document
    outcomes: tuple[Outcome, ...]
    missing: tuple[str, ...]
    sections: t.Mapping[str, str]
    untold: tuple[str, ...] = ()

    def of(self, status: Status) -> list[Outcome]:
        """Outcomes of one status."""
        return [one for one in self.outcomes if one.status == status]


def compare(base: Base, document: Document) -> Comparison:
    """Compare a document with a catalog."""
    matcher = Matcher(base, document.rows)
    matches = {match.row: match for match in matcher.match()}
    outcomes = [
        _matched(base, row, matches[index], matcher) if index in matches else _new(base, row)
        for index, row in enumerate(document.rows)
    ]
    taken = {match.flow for match in matches.values()}
    met = {base.rows[flow].section for flow in taken}
    gone = [row for index, row in enumerate(base.rows) if index not in taken and not _was_gone(row)]
    untold = tuple(row.id for row in gone) if _tells_no_ends(base, document) else ()
    gone = [] if untold else gone
    outcomes += [
        Outcome("gone", base=row, confidence="likely", why="no row of the document is like it")
        for row in gone
        if row.section in met
    ]
    outcomes += [
        Outcome("unread", unread=one, confidence="guess", why=one.question, questions=(Question("", one.question),))
        for one in document.unread
    ]
    missing = () if untold else tuple(section for section in base.catalog.sections if section not in met)
    return Comparison(base, document, tuple(outcomes), missing, dict(matcher.sections), untold)


def _tells_no_ends(base: Base, document: Document) -> bool:
    """Whether the catalog's document has columns of ends and this one has none, so that rows cannot be told apart."""
    return {"client", "server"} <= base.roles and not {"client", "server"} & set(document.columns)


def _matched(base: Base, row: Row, match: Match, matcher: Matcher) -> Outcome:
    known = base.rows[match.flow]
    changes = tuple(_changes(base, known, row))
    if _was_gone(known):
        changes += (CellChange("row", "gone", "there again", meaning=True),)
    section = matcher.sections.get(row.section)
    if section is not None and section != known.section:
        changes += (CellChange("section", base.catalog.sections[known.section], row.section, meaning=False),)
    return Outcome(
        "changed" if changes else "unchanged",
        row=row,
        base=known,
        changes=changes,
        confidence=match.confidence,
        why=match.why,
        questions=tuple(_questions(row, known)),
    )


def _was_gone(known: BaseRow) -> bool:
    """Whether an overlay closed the row because its own release no longer had it."""
    return known.flow.treatment == "obsolete" and bool(known.flow.changed)


def _new(base: Base, row: Row) -> Outcome:
    questions = [*_questions(row, None)]
    for role, asked in (("client", "who is the client of this row?"), ("server", "who is the server of this row?")):
        if base.same_name(row.cell(role)) not in base.names:
            given = row.cell(role)
            questions.append(Question(role, f"{given!r} is no end that the catalog knows; {asked}" if given else asked))
    return Outcome(
        "new", row=row, confidence="likely", why="no flow of the catalog is like it", questions=tuple(questions)
    )


def _changes(base: Base, known: BaseRow, row: Row) -> t.Iterator[CellChange]:
    shared = [role for role in FACTS if role in known.cells and role in row.cells]
    for role in shared:
        old, new = known.cell(role), row.cell(role)
        if base.same_name(old) == base.same_name(new):
            continue
        if role in PORT_ROLES:
            if read_ports(old).meaning != read_ports(new).meaning:
                yield CellChange(role, old, new, not _is_the_reading(known, role, new))
        elif role == "protocol":
            if protocols_of(old) != protocols_of(new):
                yield CellChange(role, old, new, not _protocols_as_read(known, new))
        elif role in ("client", "server"):
            yield CellChange(
                role, old, new, _components(base, old) != _components(base, new) or not _components(base, new)
            )
        else:
            yield CellChange(role, old, new, meaning=False)
    if not any(role in PORT_ROLES for role in shared) and has_ports(known.cells):
        old, new = (" ".join(filter(None, map(one.cell, PORT_ROLES))) for one in (known, row))
        if ports_of(known) != ports_of(row):
            yield CellChange("port", old, new, not _is_the_reading(known, "port", new))


def _components(base: Base, printed: str) -> frozenset[str]:
    return frozenset(base.names.get(base.same_name(printed), ()))


def _is_the_reading(known: BaseRow, role: str, text: str) -> bool:
    """Whether the new print says what the catalog read from the old one already."""
    cell = read_ports(text)
    read = frozenset(port for channel in reading_of(known.flow, role) for port in channel.ports)
    return bool(read) and frozenset(cell.ports) == read and not cell.words


def _protocols_as_read(known: BaseRow, text: str) -> bool:
    channels = known.flow.unsecured + known.flow.secured
    return frozenset(read_protocols(text).protocols) == frozenset(channel.protocol for channel in channels)


def _questions(row: Row, known: BaseRow | None) -> t.Iterator[Question]:
    """What the cells leave open; where the catalog has the same print, with its reading as the answer."""
    for role in (*PORT_ROLES, "protocol"):
        text = row.cell(role)
        asked = read_protocols(text).question if role == "protocol" else read_ports(text).question
        if asked:
            yield Question(role, asked, _answer(known, role) if known and known.cell(role) == text else "")
    if not has_ports(row.cells):
        yield Question("port", "no port is printed; which is it?", _answer(known, "port") if known else "")


def _answer(known: BaseRow, role: str) -> str:
    column = known.columns.get(role, role)
    texts = [
        f"{one['read_as']} ({one.get('confidence', 'certain')}): {one['why']}"
        for one in known.raw.get("readings", ())
        if one["cell"] in (column, role)
    ]
    if texts:
        return " ".join(texts)
    channels = reading_of(known.flow, role)
    parts = [
        f"{channel.protocol} {', '.join(map(str, channel.ports)) or channel.decision or 'echo-request'}"
        for channel in channels
    ]
    return f"read as {'; '.join(dict.fromkeys(parts))}" if parts else known.flow.because
