# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Read a vendor's document, whatever kind of file it is: the kind is told by what is in it, not by its name."""

from __future__ import annotations

import pathlib
import re
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import DocumentError

from . import limits
from .aligned import read_aligned
from .cells import read_ports, read_protocols
from .delimited import read_csv, read_pipes, read_tabs
from .html_page import page_of_archive, read_html
from .lines import Known, read_lines
from .model import PORT_ROLES, Document, Row
from .running import read_running
from .spreadsheet import read_workbook
from .tables import read_tables

_HTML = re.compile(rb"<!doctype html|<(?:html|body|table|thead|tbody|tr|td|div)[\s>]", re.IGNORECASE)
_META_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_ARCHIVE = re.compile(rb"(?:\A|\n)(?:MIME-Version:|Content-Type:\s*multipart/related)", re.IGNORECASE)
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_NOT_TEXT = {
    b"%PDF": "it is a PDF; turn it into text first, with pdftotext -layout FILE.pdf FILE.txt",
    b"\xd0\xcf\x11\xe0": "it is a file of an old Office; save it as .xlsx, .html or text",
    b"{\\rtf": "it is a file of rich text; save it as .html or text",
}


def read_file(path: pathlib.Path) -> bytes:
    """The bytes of a document; raises C(DocumentError) with the file where it cannot be read or is too large."""
    try:
        with path.open("rb") as file:
            content = file.read(limits.FILE_BYTES + 1)
    except OSError as error:
        raise DocumentError(f"{path}: {error.strerror or error}") from error
    if len(content) > limits.FILE_BYTES:
        raise DocumentError(f"{path}: larger than {limits.FILE_BYTES} bytes; save only the part with the tables")
    if not content.strip():
        raise DocumentError(f"{path}: it is empty")
    return content


def read_document(content: bytes, *, file: str, known: Known) -> Document:
    """All rows of a document; raises C(DocumentError) with the file and the place in it."""
    try:
        document = _read(content, known=known)
    except DocumentError as error:
        raise DocumentError(f"{file}: {error}") from error
    except RecursionError:
        raise DocumentError(f"{file}: nested too deeply") from None
    if not document.rows:
        raise DocumentError(
            f"{file}: no table of ports was found. One begins with a header such as "
            "Client side, Server side, Port, Protocol, or Required, Type, Port, Description"
        )
    return document


def _read(content: bytes, *, known: Known) -> Document:
    for magic, problem in _NOT_TEXT.items():
        if content.startswith(magic):
            raise DocumentError(problem)
    if content.startswith(b"PK\x03\x04"):
        return read_tables(read_workbook(content), loose=False)
    if _ARCHIVE.search(content[:2000]) and b"text/html" in content:
        content = page_of_archive(content)
    if _HTML.search(content[:4096]) or (b"</" in content and _HTML.search(content)):
        return read_tables(read_html(_decoded(content, _charset(content))), loose=False)
    return _best(_decoded(content, None), known=known)


def _charset(content: bytes) -> str | None:
    found = _META_CHARSET.search(content[:4096])
    return found[1].decode("ascii") if found else None


def _decoded(content: bytes, declared: str | None) -> str:
    marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    for encoding in filter(None, (marked, "utf-8", declared, "cp1252")):
        try:
            text = content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\0" in text:
            raise DocumentError(f"character {text.index(chr(0))} is a NUL: it is no text, or it is damaged")
        return text.replace("\r\n", "\n").replace("\r", "\n")
    raise DocumentError("it is neither UTF-8 nor Windows-1252; save it as UTF-8")


def _best(text: str, *, known: Known) -> Document:
    """The reading that understands most of the text, of all that can be tried on it."""
    if text.count("\n") > limits.RECORDS:
        raise DocumentError(f"more than {limits.RECORDS} lines; keep the tables of ports only")
    documents: list[Document] = []
    problems: list[DocumentError] = []
    for reading in _readings(text, known=known):
        try:
            document = reading()
        except DocumentError as error:
            problems.append(error)
            continue
        documents.append(document)
        if _is_beyond_doubt(document, text):
            break
    best = max(documents, key=_understood, default=Document(()))
    if problems and not best.rows:
        raise problems[0]
    return best


def _readings(text: str, *, known: Known) -> t.Iterator[t.Callable[[], Document]]:
    """Ways to read a text, those with signs between cells first."""
    if "|" in text:
        yield lambda: read_tables(read_pipes(text), loose=True)
    if "\t" in text:
        yield lambda: read_tables(read_tabs(text), loose=True)
    for delimiter in (",", ";"):
        if text.count(delimiter) > 3:
            yield lambda delimiter=delimiter: read_tables(read_csv(text, delimiter=delimiter), loose=False)  # type: ignore[misc]
    short = max(map(len, text.split("\n")), default=0) < limits.CELL_CHARACTERS
    if short and "\t" not in text:
        yield lambda: read_tables(read_aligned(text, ends=known.ends), loose=True)
    yield lambda: read_running(text, titles=known.titles)
    if short:
        yield lambda: read_tables(read_lines(text, known=known), loose=True)


def _is_beyond_doubt(document: Document, text: str) -> bool:
    """Whether nearly every line became a row that has all that rows have."""
    lines = sum(1 for line in text.split("\n") if line.strip())
    return len(document.rows) > 0.6 * lines and _understood(document) > 2.2 * len(document.rows)


def _understood(document: Document) -> float:
    return sum(map(_worth, document.rows)) - 0.5 * len(document.unread)


def _worth(row: Row) -> float:
    """What a row counts in the choice between readings: how much of it has the form that its column asks for."""
    ports = [read_ports(row.cell(role)) for role in PORT_ROLES if row.cell(role)]
    good = sum(1.0 if cell.ports and not cell.words else 0.5 for cell in ports) / len(ports) if ports else 0.0
    protocol = bool(read_protocols(row.cell("protocol")).protocols)
    ends = bool(row.cell("client") and row.cell("server")) or bool(row.cell("required"))
    too_long = any(len(row.cell(role)) > 120 for role in ("client", "server", "protocol", *PORT_ROLES))
    return good + protocol + ends - 3 * too_long
