# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Tables as CSV, JSON and Excel workbooks; text of the inventory stays text in each."""

from __future__ import annotations

import csv
import datetime
import io
import json
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReportError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import spreadsheet_text

from .tables import Table

MOST_CHARACTERS = 32_767
"""Of a cell in Excel."""
MOST_ROWS = 1_048_575
_SAME_EVERY_TIME = datetime.datetime(2000, 1, 1)
_A3, _PAGES_ACROSS = 8, 2
_LINE_POINTS, _MOST_LINES = 15, 12
_FILL = {"add": "#E3F4E6", "remove": "#FBE4E2", "fail": "#FBE4E2", "warning": "#FFF3D6"}


def table_csv(table: Table) -> bytes:
    """UTF-8 with a mark, by which Excel knows it; no cell begins as a formula does."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.key for column in table.columns])
    writer.writerows([spreadsheet_text(cell) for cell in row] for row in table.rows)
    return text.getvalue().encode("utf-8-sig", "backslashreplace")


def table_json(table: Table) -> bytes:
    """A list of mappings, one a line."""
    lines = ",\n".join(json.dumps(row) for row in table.as_json())
    return f"[\n{lines}\n]\n".encode() if lines else b"[]\n"


def workbook(tables: t.Sequence[Table], *, fallback: str) -> bytes:
    """A workbook with a sheet for each table, filtered and with its header frozen, the same to the byte every time.

    C(fallback) says where to find what is too long for a cell. Raises C(ReportError) where XlsxWriter is not installed.
    """
    try:
        import xlsxwriter
    except ImportError:
        raise ReportError(
            "XLSX needs the Python package XlsxWriter on the controller: install it there, in the environment that "
            "ansible-playbook runs in, or leave xlsx out of report_forms"
        ) from None
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.set_properties({"title": tables[0].title, "created": _SAME_EVERY_TIME})
    heading = book.add_format({"bold": True, "bg_color": "#1F3A5F", "font_color": "#FFFFFF", "valign": "vcenter"})
    plain = book.add_format({"valign": "top", "text_wrap": True})
    marked = {word: book.add_format({"valign": "top", "bg_color": fill}) for word, fill in _FILL.items()}
    for table in tables:
        if len(table.rows) > MOST_ROWS:
            raise ReportError(
                f"{table.title} has {len(table.rows)} rows, and a sheet at most {MOST_ROWS}; take the CSV"
            )
        sheet = book.add_worksheet(table.title)
        for number, column in enumerate(table.columns):
            sheet.set_column(number, number, column.width)
            sheet.write_string(0, number, column.heading, heading)
        for row, cells in enumerate(table.rows, start=1):
            sheet.set_row(row, _LINE_POINTS * _lines(table, cells))
            for number, cell in enumerate(cells):
                if cell:
                    sheet.write_string(row, number, _fitting(cell, fallback), marked.get(cell, plain))
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)
        sheet.set_landscape()
        sheet.set_paper(_A3)
        sheet.set_margins(left=0.3, right=0.3, top=0.4, bottom=0.4)
        sheet.fit_to_pages(_PAGES_ACROSS, 0)
        sheet.repeat_rows(0)
        sheet.repeat_columns(0)
    book.close()
    return stream.getvalue()


def _lines(table: Table, cells: t.Sequence[str]) -> int:
    """Lines of the tallest cell when wrapped: not every program sets heights itself."""
    needed = (-(-len(cell) // column.width) for cell, column in zip(cells, table.columns, strict=True))
    return min(max(1, *needed), _MOST_LINES)


def _fitting(text: str, fallback: str) -> str:
    text = text.encode("utf-8", "backslashreplace").decode()
    if len(text) <= MOST_CHARACTERS:
        return text
    note = f" … all of it in {fallback}"
    return text[: MOST_CHARACTERS - len(note)].rpartition(" ")[0] + note
