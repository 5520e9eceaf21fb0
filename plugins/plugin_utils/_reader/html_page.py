# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""HTML as a browser shows it: tables with their spans, and the texts between them. Nothing of the page is run."""

from __future__ import annotations

import email
import email.policy
import re
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import DocumentError

from . import limits
from .model import Record

NEEDED = "reading HTML needs the Python package html5lib on the controller: pip install html5lib"

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "caption"))
_BLOCKS = _HEADINGS | {
    *("address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "figcaption"),
    *("figure", "footer", "form", "header", "hr", "html", "li", "main", "nav", "ol", "p", "pre", "section", "summary"),
    *("table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
}
_SKIPPED = frozenset(("head", "script", "style", "template", "noscript", "svg", "math", "select", "textarea"))
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{1000,}")
_NUMBERS_APART = re.compile(r"(?<=\d)[^\S\n]*\n\s*(?=\d)")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_DATA_URI = re.compile(r"data:[\w/+.-]*;base64,[A-Za-z0-9+/=%\s]*")


def page_of_archive(content: bytes) -> bytes:
    """The first HTML part of a page that a browser saved as a single file (MHTML)."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            return t.cast("bytes", part.get_payload(decode=True))
    raise DocumentError("it is a web archive without a page of HTML in it; save the page as HTML")


def read_html(text: str) -> t.Iterator[Record]:
    """Lines of every table, a line without cells behind each, and each text between tables as a line of one cell."""
    tree = _parse(_DATA_URI.sub("data:", text))
    yield from _Walker().walk(tree)


def _parse(text: str) -> t.Any:
    try:
        import html5lib
        from html5lib.treebuilders import getTreeBuilder
    except ImportError:
        raise DocumentError(NEEDED) from None
    for tag in _LONG_TAG.finditer(text):
        if len(_QUOTED.sub("", tag[0]).split()) > limits.TAG_ATTRIBUTES:
            raise DocumentError(f"character {tag.start()}: a tag with more than {limits.TAG_ATTRIBUTES} attributes")

    class BoundedTree(getTreeBuilder("etree")):  # type: ignore[misc]
        inserted = 0

        def _count(self) -> None:
            self.inserted += 1
            if self.inserted > limits.HTML_ELEMENTS:
                raise DocumentError(f"more than {limits.HTML_ELEMENTS} elements; save the part with the tables only")
            if len(self.openElements) > limits.HTML_DEPTH:
                raise DocumentError(f"element {self.inserted}: nested more than {limits.HTML_DEPTH} deep")

        def insertElementNormal(self, token: t.Any) -> t.Any:  # noqa: N802
            self._count()
            return super().insertElementNormal(token)

        def insertElementTable(self, token: t.Any) -> t.Any:  # noqa: N802
            self._count()
            return super().insertElementTable(token)

    return html5lib.HTMLParser(tree=BoundedTree, namespaceHTMLElements=False).parse(text)


class _Walker:
    def __init__(self) -> None:
        self._tables = 0
        self._text: list[str] = []

    def walk(self, element: t.Any) -> t.Iterator[Record]:
        """Records of an element and of what is in it."""
        if not isinstance(element.tag, str) or element.tag in _SKIPPED:
            return
        if element.tag == "table":
            yield from self._flush()
            yield from self._table(element)
            return
        block = element.tag in _BLOCKS
        if block or element.tag == "br":
            yield from self._flush()
        self._text.append(element.text or "")
        for child in element:
            yield from self.walk(child)
            self._text.append(child.tail or "")
        if block:
            yield from self._flush(heading=element.tag in _HEADINGS)

    def _flush(self, *, heading: bool = False) -> t.Iterator[Record]:
        text = "".join(self._text).strip()
        self._text.clear()
        if text:
            yield Record((f"# {text}" if heading else text,), f"before table {self._tables + 1}", goes_on=False)

    def _table(self, table: t.Any) -> t.Iterator[Record]:
        self._tables += 1
        number = self._tables
        nested: list[t.Any] = []
        for caption in table.findall("caption"):
            yield Record((f"# {''.join(caption.itertext()).strip()}",), f"table {number}", goes_on=False)
        for row, cells in enumerate(_grid(_rows(table), nested, place=f"table {number}"), start=1):
            yield Record(cells, f"table {number}, row {row}", goes_on=False)
        yield Record((), f"table {number}")
        for inner in nested:
            yield from self.walk(inner)


def _rows(table: t.Any) -> t.Iterator[t.Any]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from child.findall("tr")


def _grid(rows: t.Iterable[t.Any], nested: list[t.Any], *, place: str) -> t.Iterator[tuple[str, ...]]:
    """Rows of equal cells: one that spans several is repeated in each, and one that spans a whole row stands once."""
    hanging: dict[int, tuple[int, str]] = {}
    for row in rows:
        line: dict[int, str] = {}
        columns = [cell for cell in row if cell.tag in ("td", "th")]
        column = 0
        for cell in columns:
            while column in hanging:
                column += 1
            text = _cell_text(cell, nested)
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            if across > limits.SHEET_COLUMNS or column > limits.SHEET_COLUMNS:
                raise DocumentError(f"{place}: more than {limits.SHEET_COLUMNS} columns")
            for offset in range(across):
                line[column + offset] = text if offset == 0 or len(columns) > 1 else ""
                if down > 1:
                    hanging[column + offset] = (down, text)
            column += across
        for index, (_left, text) in hanging.items():
            line.setdefault(index, text)
        hanging = {index: (left - 1, text) for index, (left, text) in hanging.items() if left > 1}
        yield tuple(line.get(index, "") for index in range(max(line, default=-1) + 1))


def _span(cell: t.Any, name: str) -> int:
    given = cell.get(name, "1").strip()
    return max(1, min(int(given), 65534)) if given.isdecimal() and len(given) < 6 else 1


def _cell_text(cell: t.Any, nested: list[t.Any]) -> str:
    if not len(cell):
        return (cell.text or "").strip()
    if len(cell) == 1 and not len(cell[0]) and cell[0].tag in ("p", "div", "span", "a", "b", "strong"):
        return f"{cell.text or ''}{cell[0].text or ''}{cell[0].tail or ''}".strip()
    pieces: list[str] = []

    def collect(element: t.Any) -> None:
        if not isinstance(element.tag, str) or element.tag in _SKIPPED:
            return
        if element.tag == "table":
            nested.append(element)
            return
        if element.tag == "sup":
            pieces.append(f"[{''.join(element.itertext()).strip('[]() ')}]")
            return
        if element.tag in _BLOCKS or element.tag == "br":
            pieces.append("\n")
        pieces.append(element.text or "")
        for child in element:
            collect(child)
            pieces.append(child.tail or "")
        if element.tag in _BLOCKS:
            pieces.append("\n")

    collect(cell)
    return _NUMBERS_APART.sub(", ", "".join(pieces).strip())
