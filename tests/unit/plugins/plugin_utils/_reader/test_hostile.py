# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hostile and damaged documents: a clear error with the place, in a process of little memory and in little time."""

from __future__ import annotations

import io
import json
import pathlib
import subprocess
import sys
import typing as t
import zipfile

import openpyxl
import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[5]
MEGABYTE = 1024 * 1024
ROW = "<tr><td>User</td><td>Web</td><td>{}</td><td>TCP</td></tr>"
HEAD = "<tr><th>Client</th><th>Server</th><th>Port</th><th>Protocol</th></tr>"
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'

READ = """
import json, re, sys
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader([sys.argv[1]])
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import DocumentError
from ansible_collections.printops.firewall.plugins.plugin_utils._reader.formats import read_document, read_file
from ansible_collections.printops.firewall.plugins.plugin_utils._reader.lines import Known
import pathlib
try:
    document = read_document(read_file(pathlib.Path(sys.argv[2])), file="page", known=Known())
    told = {"rows": len(document.rows)}
except DocumentError as error:
    told = {"error": str(error)}
# Not ru_maxrss, which begins with what the process had that started this one.
peak = re.search(r"VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())
print(json.dumps({**told, "kilobytes": int(peak[1])}))
"""


def page(*rows: str) -> bytes:
    return f"<html><body><table>{HEAD}{''.join(rows)}</table></body></html>".encode()


def workbook(**parts: bytes | str) -> bytes:
    """A small workbook with some of its parts replaced, by their names without the suffix."""
    book = openpyxl.Workbook()
    book.active.append(["Client", "Server", "Port", "Protocol"])
    file = io.BytesIO()
    book.save(file)
    whole = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.get(pathlib.PurePosixPath(name).stem, old.read(name)))
        for name in parts.keys() - {pathlib.PurePosixPath(name).stem for name in old.namelist()}:
            new.writestr(f"xl/media/{name}.png", parts[name])
    return whole.getvalue()


def nested(levels: int) -> bytes:
    return b"<html><table>" + b"<tr><td><table>" * levels + page() + b"</table></td></tr>" * levels + b"</table>"


HOSTILE: dict[str, tuple[t.Callable[[], bytes], str]] = {
    "tables in tables in tables": (lambda: nested(5000), "nested more than"),
    "a megabyte in a cell": (lambda: page(ROW.format("9" * MEGABYTE)), "table 1, row 2: a cell has"),
    "a hundred thousand rows": (lambda: page(ROW.format("443") * 100_000), "more than 120000 elements"),
    "a tag of a thousand attributes": (
        lambda: page("<tr " + " ".join(f"a{number}=1" for number in range(50_000)) + "></tr>"),
        "a tag with more than 100 attributes",
    ),
    "a cell over a million columns": (
        lambda: page('<tr><td colspan="65000">x</td><td>y</td></tr>'),
        "table 1: more than 100 columns",
    ),
    "unclosed tags": (lambda: b"<html><table>" + b"<b><i><u>" * 60_000, "nested more than"),
    "a file of 9 MB": (lambda: b"x" * 9 * MEGABYTE, "larger than 8388608 bytes"),
    "a workbook that unpacks to gigabytes": (
        lambda: workbook(sheet1=SHEET.format(" " * 40 * MEGABYTE)),
        "it unpacks to",
    ),
    "a picture that unpacks to gigabytes": (lambda: workbook(picture=b"0" * 40 * MEGABYTE), "it unpacks to"),
    "entities that multiply": (
        lambda: workbook(
            sheet1='<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>' + SHEET.format("")
        ),
        "part xl/worksheets/sheet1.xml: it declares a document type",
    ),
    "entities that multiply, in UTF-16": (
        lambda: workbook(sheet1=('<!DOCTYPE x [<!ENTITY a "a">]>' + SHEET.format("")).encode("utf-16")),
        "part xl/worksheets/sheet1.xml: it declares a document type",
    ),
    "a cell at the end of the sheet": (
        lambda: workbook(sheet1=SHEET.format('<sheetData><row r="1"><c r="XFD1048576"><v>1</v></c></row></sheetData>')),
        "cell XFD1048576 is beyond",
    ),
    "a merged cell over the sheet": (
        lambda: workbook(sheet1=SHEET.format('<sheetData/><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')),
        "cell XFD1048576 is beyond",
    ),
    "a workbook that is cut off": (lambda: workbook()[:2000], "it is no workbook that openpyxl can read"),
    "a sheet that is cut off": (
        lambda: workbook(sheet1=SHEET.format("")[:60]),
        "it is no workbook that openpyxl can read",
    ),
    "a PDF": (lambda: b"%PDF-1.7\n", "it is a PDF; turn it into text first"),
    "an old Office file": (lambda: b"\xd0\xcf\x11\xe0" + bytes(64), "it is a file of an old Office"),
    "text with a NUL": (lambda: b"Client\tServer\0\tPort\n", "character 13 is a NUL"),
    "a million lines": (
        lambda: b"Port\tType\tSource\tDestination\n" + b"1\tTCP\ta\tb\n" * 300_000,
        "more than 100000 lines",
    ),
    "one line of megabytes": (
        lambda: b"Required? Type Port " + b"Mandatory for a " * 400_000,
        "no table of ports was found",
    ),
    "pipes without end": (
        lambda: b"Client | Server | Port | Protocol |\n" + b"a\n" * 10 + b"a |\n" + b"b\n" * 50_000,
        "a row of more than",
    ),
    "an empty file": (lambda: b" \n", "it is empty"),
    "no table": (lambda: b"Dear all,\nthe ports are open.\n", "no table of ports was found"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_costs_a_clear_error_and_little_memory(name: str, tmp_path: pathlib.Path) -> None:
    make, message = HOSTILE[name]
    file = tmp_path / "page"
    file.write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", READ, CHECKOUT / ".collections", file],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert message in told.get("error", ""), told
    assert told["kilobytes"] < 200 * 1024
