# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables as files, whatever the inventory is called."""

from __future__ import annotations

import csv
import io
import json
import sys

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReportError
from ansible_collections.printops.firewall.plugins.plugin_utils._report.tables import Column, Table
from ansible_collections.printops.firewall.plugins.plugin_utils._report.write_table import (
    MOST_CHARACTERS,
    table_csv,
    table_json,
    workbook,
)

COLUMNS = (Column("flow", "Flow", 20), Column("host", "Host", 30))
HOSTILE = (
    "=cmd|' /C calc'!A0", "{=1+1}", "+1", "-1", "@SUM(A1)", "\t=1", "\r\n=1", "http://x.example/", "internal:Sheet!A1",
    "</script><script>alert(1)</script>", "]]>", "a,b;\"c\"", "'=1", "\uff1d1", "\x00\x1f",
    "\ud800", "_x0041_", "%0A=1",
)  # fmt: skip


def table(*cells: str) -> Table:
    return Table("names", "Names", COLUMNS, [("flow", cell) for cell in cells])


def cells_of(content: bytes) -> list[list[object]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Names"]
    assert all(cell.data_type in ("s", "n", "inlineStr") and cell.hyperlink is None for row in sheet for cell in row)
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_name_is_a_formula_or_breaks_a_file(name: str) -> None:
    for value in (name, *HOSTILE):
        (row,) = csv.reader(io.StringIO(table_csv(table(value)).decode("utf-8-sig").split("\r\n", 1)[1], newline=""))
        assert len(row) == 2
        assert row[1][:1] not in {*"=+-@\t\r", "\uff1d", "\uff0b", "\uff0d", "\uff20"} or not row[1]
        assert json.loads(table_json(table(value))) == [{"flow": "flow", "host": value}]


@given(st.text(max_size=40).filter(bool))
@settings(max_examples=60, deadline=None)
@example("=1+1")
def test_text_stays_text_in_a_workbook(name: str) -> None:
    found = cells_of(workbook([table(name, *HOSTILE)], fallback="names.csv"))
    assert len(found) == 1 + len(HOSTILE)
    assert found[1][1] == HOSTILE[0]
    assert found[2][1] == HOSTILE[1]


def test_a_workbook_is_ready_to_work_with() -> None:
    content = workbook([table("a", "b")], fallback="names.csv")
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Names"]
    assert [cell.value for cell in sheet[1]] == ["Flow", "Host"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:B3")
    assert [round(sheet.column_dimensions[name].width) for name in "AB"] == [21, 31]
    assert content == workbook([table("a", "b")], fallback="names.csv")


def test_what_is_too_long_for_a_cell_says_where_it_is_whole() -> None:
    ((_flow, cell),) = cells_of(workbook([table("10.0.0.0/32 " * 4000)], fallback="names.csv"))
    assert str(cell).endswith("10.0.0.0/32 … all of it in names.csv")
    assert len(str(cell)) <= MOST_CHARACTERS


def test_without_the_library_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(ReportError, match="or leave xlsx out of report_forms"):
        workbook([table("a")], fallback="names.csv")
