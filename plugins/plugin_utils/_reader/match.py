# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which row of a document is which flow of a catalog: equal cells first, then equal ends and ports, then likeness."""

from __future__ import annotations

import collections
import typing as t
from dataclasses import dataclass

from .base import Base, BaseRow
from .model import FACTS, PORT_ROLES, Row
from .similar import Similarity, ports_of, protocols_of, words_of
from .words import letters, squeeze

Confidence = t.Literal["certain", "likely", "guess"]
ENOUGH = 0.6
SURE = 0.78
APART = 0.04


@dataclass(frozen=True)
class Match:
    """A row and its flow, by their numbers; C(why) tells what decided."""

    row: int
    flow: int
    confidence: Confidence
    why: str


class Matcher:
    """Pairs every row with at most one flow, and every flow with at most one row."""

    def __init__(self, base: Base, rows: t.Sequence[Row]) -> None:
        self._base = base
        self._rows = rows
        self._roles = sorted(base.roles & {role for row in rows for role in row.cells} & set(FACTS))
        self._open_rows = dict.fromkeys(range(len(rows)))
        self._open_flows = dict.fromkeys(range(len(base.rows)))
        self._found: list[Match] = []
        self._similarity = Similarity(base, rows)
        self._first_rows = _firsts(row.section for row in rows)
        self._first_flows = _firsts(row.section for row in base.rows)
        self.sections = self._sections_by_title()
        """Section of the document to section of the catalog."""

    def match(self) -> list[Match]:
        """All matches, in order of the document's rows."""
        has_ends = {"client", "server"} <= set(self._roles)
        self._pair(self._cells_in_section, "certain", "all cells are the same", uneven=True)
        if has_ends:
            self._pair(self._cells, "certain", "all cells are the same, in another section", uneven=True)
        self._sections_by_vote()
        if has_ends:
            self._pair(self._ends_in_section, "certain", "ends, port and protocol are the same")
            self._pair(self._ends, "certain", "ends, port and protocol are the same, in another section")
        else:
            self._pair(
                self._ports_in_section,
                "likely",
                "the only row of the section with this port and protocol",
                accepts=self._is_required_alike,
            )
        self._pair(
            self._all_but_ports,
            "likely",
            "all cells but the ports are the same",
            uneven=True,
            accepts=None if has_ends else self._is_no_other_by_its_port,
        )
        if has_ends:
            self._pair(self._ends_alone, "likely", "the only row of the section that is left with these ends")
        else:
            self._pair(self._cells, "likely", "all cells are the same, in another section")
        self._pair_alike()
        return sorted(self._found, key=lambda match: match.row)

    def _section(self, row: Row | BaseRow) -> str:
        return row.section if isinstance(row, BaseRow) else self.sections.get(row.section, f"? {row.section}")

    def _cells(self, row: Row | BaseRow) -> t.Hashable:
        return tuple(
            self._base.same_name(row.cell(role)) for role in self._roles
        ), None if self._roles_tell_ports else ports_of(row)

    @property
    def _roles_tell_ports(self) -> bool:
        return any(role in PORT_ROLES for role in self._roles)

    def _cells_in_section(self, row: Row | BaseRow) -> t.Hashable:
        return self._section(row), self._cells(row)

    def _ends(self, row: Row | BaseRow) -> t.Hashable:
        return (
            self._base.same_name(row.cell("client")),
            self._base.same_name(row.cell("server")),
            ports_of(row),
            protocols_of(row.cell("protocol")),
        )

    def _ends_in_section(self, row: Row | BaseRow) -> t.Hashable:
        return self._section(row), self._ends(row)

    def _ports_in_section(self, row: Row | BaseRow) -> t.Hashable:
        return self._section(row), ports_of(row), protocols_of(row.cell("protocol"))

    def _all_but_ports(self, row: Row | BaseRow) -> t.Hashable:
        cells = [self._base.same_name(row.cell(role)) for role in self._roles if role not in PORT_ROLES]
        return self._section(row), tuple(cells)

    def _ends_alone(self, row: Row | BaseRow) -> t.Hashable:
        ends = [self._base.same_name(row.cell(role)) for role in ("client", "server")]
        return self._section(row), tuple(ends), protocols_of(row.cell("protocol"))

    def _is_required_alike(self, row: Row, flow: BaseRow) -> bool:
        ours, theirs = words_of(row.cell("required")), words_of(flow.cell("required"))
        return len(ours & theirs) * 2 >= len(ours | theirs)

    def _is_no_other_by_its_port(self, row: Row, flow: BaseRow) -> bool:
        """Whether no other flow of the section that is left has a port of the row, where this one has none of them."""
        ports = ports_of(row)
        rivals = (self._base.rows[one] for one in self._open_flows)
        return bool(ports & ports_of(flow)) or not any(
            ports & ports_of(rival) for rival in rivals if rival.section == flow.section
        )

    def _pair(
        self,
        key: t.Callable[[Row | BaseRow], t.Hashable],
        confidence: Confidence,
        why: str,
        *,
        uneven: bool = False,
        accepts: t.Callable[[Row, BaseRow], bool] | None = None,
    ) -> None:
        """Pair rows and flows of the same key in their order; C(uneven): also where there are more of one side."""
        flows: dict[t.Hashable, list[int]] = collections.defaultdict(list)
        rows: dict[t.Hashable, list[int]] = collections.defaultdict(list)
        for flow in self._open_flows:
            flows[key(self._base.rows[flow])].append(flow)
        for row in self._open_rows:
            rows[key(self._rows[row])].append(row)
        for shared in rows.keys() & flows.keys():
            if uneven or len(rows[shared]) == len(flows[shared]) == 1:
                alone = len(rows[shared]) == len(flows[shared]) == 1 or confidence == "certain"
                for row, flow in self._in_order(rows[shared], flows[shared]):
                    if accepts and not accepts(self._rows[row], self._base.rows[flow]):
                        continue
                    self._take(Match(row, flow, confidence if alone else "guess", why))

    def _in_order(self, rows: list[int], flows: list[int]) -> t.Iterator[tuple[int, int]]:
        """Pairs in printed order; where one side has more, those whose texts say the same come first."""
        if len(rows) == len(flows):
            yield from zip(rows, flows, strict=True)
            return
        told = sorted(
            (
                -round(self._similarity.told(self._base.rows[flow], self._rows[row]), 1),
                self._apart(row, flow),
                row,
                flow,
            )
            for row in rows
            for flow in flows
        )
        taken: set[tuple[str, int]] = set()
        for _likeness, _apart, row, flow in told:
            if ("row", row) not in taken and ("flow", flow) not in taken:
                taken |= {("row", row), ("flow", flow)}
                yield row, flow

    def _apart(self, row: int, flow: int) -> int:
        """How far from each other they stand in their sections."""
        first_row = self._first_rows[self._rows[row].section]
        return abs((row - first_row) - (flow - self._first_flows[self._base.rows[flow].section]))

    def _take(self, match: Match) -> None:
        self._found.append(match)
        del self._open_rows[match.row], self._open_flows[match.flow]

    def _pair_alike(self) -> None:
        near = self._neighbours()
        scored = []
        for row, flow in self._candidates():
            given, known = self._rows[row], self._base.rows[flow]
            section = self.sections.get(given.section)
            score = self._similarity.of(
                known, given, same_section=None if section is None else section == known.section
            )
            if score >= ENOUGH - APART:
                scored.append((score + 0.02 * ((row, flow) in near), row, flow))
        rivals: dict[tuple[str, int], list[float]] = collections.defaultdict(list)
        for score, row, flow in scored:
            rivals["row", row].append(score)
            rivals["flow", flow].append(score)
        for score, row, flow in sorted(scored, key=lambda one: (-one[0], one[1], one[2])):
            if score < ENOUGH or row not in self._open_rows or flow not in self._open_flows:
                continue
            close = sum(other > score - APART for key in (("row", row), ("flow", flow)) for other in rivals[key]) - 2
            confidence = "guess" if self._has_twin_without_ends(flow) else _confidence(score, close)
            self._take(Match(row, flow, confidence, _why(score, close)))

    def _has_twin_without_ends(self, flow: int) -> bool:
        """Whether only ends, which the document does not tell, set a flow apart from others with its ports."""
        if "client" in self._roles or "client" not in self._base.roles:
            return False
        ports = ports_of(self._base.rows[flow])
        return sum(ports_of(other) == ports for other in self._base.rows) > 1

    def _candidates(self) -> t.Iterator[tuple[int, int]]:
        """Pairs that share a port and an end, both ends, or something rare; all others have too little in common."""
        blocks: dict[t.Hashable, list[int]] = collections.defaultdict(list)
        for flow in self._open_flows:
            for key in self._blocks(self._base.rows[flow]):
                blocks[key].append(flow)
        for row in self._open_rows:
            seen: set[int] = set()
            for key in self._blocks(self._rows[row]):
                flows = blocks.get(key, ())
                if key[0] == "port" and len(flows) > 12:
                    continue
                seen.update(flows)
            yield from ((row, flow) for flow in sorted(seen))

    def _blocks(self, row: Row | BaseRow) -> t.Iterator[tuple[t.Any, ...]]:
        same = self._base.same_name
        client, server = same(row.cell("client")), same(row.cell("server"))
        section = self._section(row)
        if client or server:
            yield "ends", client, server
        for port in ports_of(row):
            yield "port", port
            yield "section", section, port
            yield "client", client, port
            yield "server", server, port
        if client:
            yield "from", section, client
        if server and not ports_of(row):
            yield "to", section, server
        if "client" not in self._roles and row.cell("required"):
            yield "required", section, squeeze(row.cell("required"))

    def _neighbours(self) -> set[tuple[int, int]]:
        """Pairs that stand directly behind or in front of rows that are paired already."""
        return {(match.row + step, match.flow + step) for match in self._found for step in (-1, 1)}

    def _sections_by_title(self) -> dict[str, str]:
        titles = {letters(title): slug for slug, title in self._base.catalog.sections.items()}
        found: dict[str, str] = {}
        for section in dict.fromkeys(row.section for row in self._rows):
            name = letters(section)
            alike = [title for title in titles if len(title) > 6 and name and (title in name or name in title)]
            if name in titles:
                found[section] = titles[name]
            elif alike:
                found[section] = titles[max(alike, key=len)]
        return found

    def _sections_by_vote(self) -> None:
        votes: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
        for match in self._found:
            votes[self._rows[match.row].section][self._base.rows[match.flow].section] += 1
        for section, counted in votes.items():
            if section not in self.sections:
                self.sections[section] = counted.most_common(1)[0][0]


def _firsts(sections: t.Iterable[str]) -> dict[str, int]:
    """Where each section begins."""
    found: dict[str, int] = {}
    for index, section in enumerate(sections):
        found.setdefault(section, index)
    return found


def _confidence(score: float, rivals: int) -> Confidence:
    if rivals > 0 or score < (ENOUGH + SURE) / 2:
        return "guess"
    return "certain" if score > 0.97 else "likely"


def _why(score: float, rivals: int) -> str:
    text = f"the most alike of all that are left ({min(score, 1.0):.2f} of 1)"
    return f"{text}, and {rivals} more nearly as alike" if rivals > 0 else text
