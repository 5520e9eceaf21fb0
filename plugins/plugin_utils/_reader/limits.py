# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How large a document may be, so that a hostile one costs an error and not the machine."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import DocumentError

from .model import Record

FILE_BYTES = 8 * 1024 * 1024
CELL_CHARACTERS = 20_000
RECORDS = 100_000
CELLS = 300_000
HTML_ELEMENTS = 120_000
HTML_DEPTH = 150
TAG_ATTRIBUTES = 100
WORKBOOK_BYTES = 32 * 1024 * 1024
"""Of all parts of a workbook, unpacked."""
WORKBOOK_XML_BYTES = 12 * 1024 * 1024
SHEET_ROWS = 20_000
SHEET_COLUMNS = 100


def bounded(records: t.Iterable[Record]) -> list[Record]:
    """All records; raises C(DocumentError) with the place of the first that is too much."""
    taken: list[Record] = []
    cells = 0
    for record in records:
        cells += len(record.cells)
        if len(taken) >= RECORDS or cells > CELLS:
            raise DocumentError(
                f"{record.place}: more than {RECORDS} lines or {CELLS} cells; keep the tables of ports only"
            )
        for cell in record.cells:
            if len(cell) > CELL_CHARACTERS:
                raise DocumentError(
                    f"{record.place}: a cell has {len(cell)} characters, and at most {CELL_CHARACTERS} are read"
                )
        taken.append(record)
    return taken
