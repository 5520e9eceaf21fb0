# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Workbooks: the cells of every sheet as texts, merged cells in each cell that they cover."""

from __future__ import annotations

import io
import pathlib
import re
import typing as t
import xml.etree.ElementTree as ET
import zipfile

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import DocumentError

from . import limits
from .model import Record

NEEDED = "reading a workbook needs the Python package openpyxl on the controller: pip install openpyxl"

_DOCTYPE = re.compile("<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def read_workbook(content: bytes) -> t.Iterator[Record]:
    """Lines of every sheet, a line without cells behind each; raises C(DocumentError) with the part or the sheet."""
    try:
        import openpyxl
    except ImportError:
        raise DocumentError(NEEDED) from None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _survey(archive)
        book = openpyxl.load_workbook(io.BytesIO(content), data_only=True, keep_links=False)
    except DocumentError:
        raise
    except Exception as error:
        raise DocumentError(f"it is no workbook that openpyxl can read: {error}") from error
    for sheet in book.worksheets:
        yield Record((sheet.title,), f"sheet {sheet.title!r}", goes_on=False)
        covered = _covered(sheet)
        for number, line in enumerate(sheet.iter_rows(), start=1):
            cells = tuple(covered.get((number, column), _text(cell.value)) for column, cell in enumerate(line, start=1))
            yield Record(cells, f"sheet {sheet.title!r}, row {number}", goes_on=False)
        yield Record((), f"sheet {sheet.title!r}")


def _survey(archive: zipfile.ZipFile) -> None:
    """Refuse what would unpack to more than its bounds, before anything is unpacked as a whole."""
    members = archive.infolist()
    total = sum(member.file_size for member in members)
    if total > limits.WORKBOOK_BYTES:
        raise DocumentError(f"it unpacks to {total} bytes, and at most {limits.WORKBOOK_BYTES} are read")
    parts = [one for one in members if pathlib.PurePosixPath(one.filename).suffix in (".xml", ".rels", ".vml")]
    if sum(part.file_size for part in parts) > limits.WORKBOOK_XML_BYTES:
        raise DocumentError(f"its parts of XML have more than {limits.WORKBOOK_XML_BYTES} bytes")
    for part in parts:
        data = archive.read(part)
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            if _DOCTYPE.search(data.decode(encoding, errors="replace")):
                raise DocumentError(f"part {part.filename}: it declares a document type or entities; no workbook does")
        if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
            _survey_sheet(data, part=part.filename)


def _survey_sheet(data: bytes, *, part: str) -> None:
    cells = 0
    for _event, element in ET.iterparse(io.BytesIO(data)):  # noqa: S314 - without a document type, of bounded size
        name = element.tag.rpartition("}")[2]
        if name == "c":
            cells += 1
            _check_reference(element.get("r", "A1"), part=part)
            if cells > limits.CELLS:
                raise DocumentError(f"part {part}: more than {limits.CELLS} cells")
        elif name == "mergeCell":
            for corner in element.get("ref", "A1").split(":"):
                _check_reference(corner, part=part)
        if name in ("c", "row"):
            element.clear()


def _check_reference(reference: str, *, part: str) -> None:
    match = _REFERENCE.fullmatch(reference)
    if not match:
        raise DocumentError(f"part {part}: {reference!r} is no cell")
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    if column > limits.SHEET_COLUMNS or int(match[2]) > limits.SHEET_ROWS:
        raise DocumentError(
            f"part {part}: cell {reference} is beyond {limits.SHEET_COLUMNS} columns and {limits.SHEET_ROWS} rows; "
            "delete what lies outside the tables"
        )


def _covered(sheet: t.Any) -> dict[tuple[int, int], str]:
    """The text of each cell that a merged one covers; one that covers a whole row stands only in its first."""
    texts: dict[tuple[int, int], str] = {}
    for merged in sheet.merged_cells.ranges:
        text = _text(sheet.cell(merged.min_row, merged.min_col).value)
        whole = merged.min_col == 1 and merged.max_col >= sheet.max_column
        for row in range(merged.min_row, merged.max_row + 1):
            for column in range(merged.min_col, merged.max_col + 1):
                texts[row, column] = "" if whole and column > 1 else text
    return texts


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
