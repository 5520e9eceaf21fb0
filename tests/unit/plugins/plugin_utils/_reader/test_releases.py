# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hundred other releases, in every format that is read, damaged as copying and PDF damage them."""

from __future__ import annotations

import collections
import random
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._reader.changes import (
    CellChange,
    Comparison,
    Outcome,
    compare,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._reader.model import PORT_ROLES
from ansible_collections.printops.firewall.plugins.plugin_utils._reader.words import squeeze
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._reader.printing import FORMATS
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._reader.releases import Release, release_of
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._reader.support import (
    CATALOGS,
    base_of,
    read,
)

DOCUMENTS = 200
PAIRS = [(name, kind) for name in CATALOGS for kind in FORMATS if kind != "running" or name == "safeq5"]


def made(number: int) -> tuple[str, str, Release, Comparison]:
    name, kind = PAIRS[number % len(PAIRS)]
    base = base_of(name)
    release = release_of(base, number)
    if kind != "running":
        release.shuffle(random.Random(number), unknown_column=kind != "lines")  # noqa: S311
    content = FORMATS[kind](release, random.Random(number))  # noqa: S311
    return name, kind, release, compare(base, read(content, known=base.known))


@pytest.fixture(scope="module", name="counted")
def counted_fixture() -> dict[str, collections.Counter[str]]:
    counted: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for number in range(DOCUMENTS):
        _name, kind, release, comparison = made(number)
        counted[kind].update(_count(release, comparison))
    return counted


def _count(release: Release, comparison: Comparison) -> t.Iterator[str]:
    yield "documents"
    outcomes = [one for one in comparison.outcomes if one.row]
    facts = [role for role in release.columns if role not in ("description", "zone")]
    printed = collections.Counter(tuple(squeeze(line.cells.get(role, "")) for role in facts) for line in release.lines)
    got = collections.Counter(tuple(squeeze(one.row.cell(role)) for role in facts) for one in outcomes if one.row)
    for line in release.lines:
        yield "rows"
        key = tuple(squeeze(line.cells.get(role, "")) for role in facts)
        yield "read to the cell" if got[key] >= printed[key] else "with another cell"
    if len(outcomes) != len(release.lines):
        yield "documents with another number of rows"
        return
    told = {one.base.id for one in comparison.outcomes if one.base and _tells_of_ports(one)}
    for line, one in zip(release.lines, outcomes, strict=True):
        flow = one.base.id if one.base else ""
        right = flow in line.truth if line.truth else not flow
        yield "matched rightly" if right else "matched wrongly"
        if line.new_port:
            found = one.status == "new" or bool(told & line.truth) or any(map(_is_of_ports, one.changes))
            yield "changes of ports found" if found else "changes of ports missed"
    matched = {one.base.id for one in outcomes if one.base}
    for flow in release.removed - {flow for line in release.lines for flow in line.truth}:
        yield "removed rows taken for others" if flow in matched else "removed rows told"


def _is_of_ports(change: CellChange) -> bool:
    return change.column in PORT_ROLES


def _tells_of_ports(one: Outcome) -> bool:
    """Whether a flow is told to have lost its ports or to have others."""
    return one.status == "gone" or any(map(_is_of_ports, one.changes))


def test_of_two_hundred_releases_the_rows_are_matched_and_every_change_of_a_port_is_found(
    counted: dict[str, collections.Counter[str]], tell: t.Callable[[str], None]
) -> None:
    total = sum(counted.values(), collections.Counter[str]())
    for kind, one in sorted(counted.items()):
        tell(f"{kind}: {', '.join(f'{number} {what}' for what, number in sorted(one.items()))}")
    share = total["matched rightly"] / total["rows"]
    tell(
        f"{total['documents']} documents, {total['rows']} rows: {share:.2%} matched rightly, "
        f"{total['changes of ports found']} of {total['changes of ports found'] + total['changes of ports missed']} "
        f"changes of ports found, {total['read to the cell']} rows read to the cell"
    )
    assert total["documents"] == DOCUMENTS
    assert total["documents with another number of rows"] == 0
    assert total["changes of ports missed"] == 0
    assert share >= 0.99
    assert total["removed rows told"] >= 0.98 * (total["removed rows told"] + total["removed rows taken for others"])
    assert total["read to the cell"] / total["rows"] >= 0.99
