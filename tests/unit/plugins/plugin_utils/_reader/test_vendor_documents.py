# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents that the catalogs were made from, by the reader: every cell is what a catalog has as printed.

The documents are their vendors' and not in the repository; see C(vendor_documents) in C(tests/conftest.py).
"""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._reader.changes import Comparison, compare
from ansible_collections.printops.firewall.plugins.plugin_utils._reader.words import column_roles
from ansible_collections.printops.firewall.tests.conftest import DOCUMENTS_VARIABLE, vendor_documents
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._reader.support import (
    CATALOGS,
    base_of,
    read,
)

BEGINNINGS = {"safeq6": "Network Communication\n", "safeq5": "SafeQ CML Server", "lrs": "LRS Module"}
ROWS = {"safeq6": 184, "safeq5": 85, "lrs": 44}

pytestmark = pytest.mark.vendor_documents


def document_of(name: str) -> bytes:
    folder = vendor_documents()
    assert folder, f"CI has no folder of the vendors' documents beside the checkout; {DOCUMENTS_VARIABLE} can name one"
    found = [path for path in folder.iterdir() if BEGINNINGS[name] in path.read_text(encoding="utf-8")[:400]]
    assert len(found) == 1, f"{folder}: {len(found)} documents begin as that of {name} does"
    return pathlib.Path(found[0]).read_bytes()


def comparison_of(name: str) -> Comparison:
    base = base_of(name)
    return compare(base, read(document_of(name), known=base.known))


@pytest.mark.parametrize("name", CATALOGS)
def test_every_cell_of_every_row_is_what_the_catalog_has_as_printed(name: str, tell: t.Callable[[str], None]) -> None:
    document = read(document_of(name), known=base_of(name).known)
    flows = base_of(name).catalog.raw["flows"]
    columns = {column: column_roles(column)[0] for column in flows[0]["as_printed"]}
    printed = [{column: row.cell(role) for column, role in columns.items()} for row in document.rows]
    assert printed == [flow["as_printed"] for flow in flows]
    assert len(printed) == ROWS[name]
    assert document.unread == ()
    tell(f"{name}: {len(printed)} rows, {len(printed) * len(columns)} cells as the catalog has them")


@pytest.mark.parametrize("name", CATALOGS)
def test_no_knowledge_of_the_catalog_is_needed_to_read_its_document(name: str) -> None:
    known = read(document_of(name), known=base_of(name).known)
    assert [row.cells for row in read(document_of(name)).rows] == [row.cells for row in known.rows]


@pytest.mark.parametrize("name", CATALOGS)
def test_every_row_is_its_flow_and_unchanged(name: str) -> None:
    comparison = comparison_of(name)
    assert [one.base.id for one in comparison.outcomes if one.base] == [row.id for row in base_of(name).rows]
    assert {one.status for one in comparison.outcomes} == {"unchanged"}
    assert comparison.missing == ()


def test_where_the_scan_is_wrong_the_reader_asks_and_the_catalogs_reading_answers() -> None:
    asked = {one.base.id: one.questions for one in comparison_of("lrs").outcomes if one.base and one.questions}
    assert "'1100' is no protocol" in asked["lrs/required/1"][0].text
    assert asked["lrs/required/1"][0].answer.startswith("udp (certain)")
    assert "'5501 JJ01'" in asked["lrs/required/10"][0].text
    assert asked["lrs/required/14"][0].answer.startswith("9100 (certain)")
    assert asked["lrs/required/21"][0].text == "no port is printed; which is it?"
    assert [flow for flow, questions in asked.items() if not all(question.answer for question in questions)] == []
