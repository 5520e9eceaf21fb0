# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables as people have them: found by their headers, whatever the file; nothing of them is lost."""

from __future__ import annotations

import io

import openpyxl
import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import DocumentError
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._reader.support import base_of, cells, read

ROWS = [("User", "Web", "80/443", "TCP"), ("Web", "Database", "5432", "TCP")]
COLUMNS = ("client", "server", "port", "protocol")
HEADER = ("Client", "Server", "Port", "Protocol")
HTML = "<html><body>{}</body></html>"


def table(*rows: tuple[str, ...], tag: str = "td") -> str:
    return "".join(f"<tr>{''.join(f'<{tag}>{cell}</{tag}>' for cell in row)}</tr>" for row in rows)


SAME = {
    "html": HTML.format(f"<table>{table(('Source', 'Destination', 'Port', 'Protocol'), *ROWS)}</table>"),
    "html in a fragment": f"<table>{table(('Source', 'Destination', 'Port', 'Protocol'), *ROWS)}</table>",
    "another order": HTML.format(
        f"<table>{table(('Port', 'Type', 'To', 'From'), *((row[2], row[3], row[1], row[0]) for row in ROWS))}</table>"
    ),
    "in a layout": HTML.format(
        "<table><tr><td>menu</td><td><table>"
        f"{table(('Client', 'Server', 'Ports', 'Transport'), *ROWS)}</table></td></tr></table>"
    ),
    "a web archive": "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n--x\nContent-Type: text/html\n"
    "Content-Transfer-Encoding: quoted-printable\n\n"
    + HTML.format(f"<table>{table(('Client', 'Server', 'Port', 'Protocol'), *ROWS)}</table>").replace("=", "=3D")
    + "\n--x--\n",
    "csv": "Client;Server;Port;Protocol\n" + "".join(f"{';'.join(row)}\n" for row in ROWS),
    "csv with quotes": '"Client","Server","Port","Protocol"\n' + "".join('"' + '","'.join(row) + '"\n' for row in ROWS),
    "csv in UTF-16": ("Client;Server;Port;Protocol\n" + "".join(f"{';'.join(row)}\n" for row in ROWS)).encode("utf-16"),
    "tabs": "Client\tServer\tPort\tProtocol\n" + "".join("\t".join(row) + "\n" for row in ROWS),
    "markdown": "| Client | Server | Port | Protocol |\n|---|:-:|--:|---|\n"
    + "".join(f"| {' | '.join(row)} |\n" for row in ROWS),
    "markdown with marks": "| **Client** | **Server** | **Port** | **Protocol** |\n|---|---|---|---|\n"
    + "".join(f"| {row[0]} | {row[1]} | `{row[2]}` | {row[3]}<br>|\n" for row in ROWS),
    "pipes only between": "Client | Server | Port | Protocol\n" + "".join(f"{' | '.join(row)}\n" for row in ROWS),
    "one cell a line": "\n\n".join(
        ["Ports", "Client", "Server", "Port", "Protocol", *(cell for row in ROWS for cell in row)]
    ),
    "columns below each other": "Client    Server      Port      Protocol\n"
    + "".join(f"{row[0]:<10}{row[1]:<12}{row[2]:<10}{row[3]}\n" for row in ROWS),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_table_in_every_format(name: str) -> None:
    document = read(SAME[name])
    assert cells(document, *COLUMNS) == ROWS
    assert document.unread == ()


def workbook(*rows: tuple[object, ...], merged: str = "") -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if merged:
        book.active.merge_cells(merged)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_workbook_has_numbers_and_merged_cells() -> None:
    rows = [("Client", "Server", "Port", "Protocol"), ("User", "Web", 80, "TCP"), (None, "Web", 443.0, "TCP")]
    assert cells(read(workbook(*rows, merged="A2:A3")), *COLUMNS) == [
        ("User", "Web", "80", "TCP"),
        ("User", "Web", "443", "TCP"),
    ]


def test_cells_that_span_rows_and_columns_stand_in_each() -> None:
    page = HTML.format(
        "<table><tr><th rowspan=2>Client</th><th rowspan=2>Server</th>"
        "<th colspan=2>Port</th><th rowspan=2>Protocol</th></tr>"
        "<tr><th>Unsecured</th><th>Secured</th></tr><tr><td rowspan=2>User</td><td>Web</td><td>80</td><td>443</td>"
        "<td rowspan=2>TCP</td></tr><tr><td>Mail</td><td colspan=2>n/a</td></tr></table>"
    )
    assert cells(read(page), "client", "server", "unsecured", "secured", "protocol") == [
        ("User", "Web", "80", "443", "TCP"),
        ("User", "Mail", "n/a", "n/a", "TCP"),
    ]


def test_a_raised_number_is_a_footnote_and_no_digit_of_a_port() -> None:
    rows = table(HEADER, ("User", "Web", "443<sup>1</sup>", "TCP"))
    page = HTML.format(f"<table>{rows}</table>")
    (row,) = read(page).rows
    assert row.cell("port") == "443[1]"


@pytest.mark.parametrize("cell", ["80<br>443", "<p>80</p><p>443</p>", "<ul><li>80</li><li>443</li></ul>", "80,<br>443"])
def test_numbers_on_lines_of_their_own_are_a_list(cell: str) -> None:
    (row,) = read(HTML.format(f"<table>{table(HEADER, ('User', 'Web', cell, 'TCP'))}</table>")).rows
    assert row.cell("port") == "80, 443"


def test_sections_are_the_headings_and_rows_of_one_cell() -> None:
    page = HTML.format(
        "<h2>First</h2><p>As follows.</p><table>"
        f"{table(('Client', 'Server', 'Port', 'Protocol'), ROWS[0])}"
        f"<tr><td colspan=4>Second</td></tr>{table(ROWS[1])}</table>"
    )
    assert [row.section for row in read(page).rows] == ["First", "Second"]


def test_a_header_that_is_printed_again_on_each_page_is_no_row() -> None:
    lines = [
        "Management",
        "Client\tServer\tPort\tProtocol",
        "\t".join(ROWS[0]),
        "Client\tServer\tPort\tProtocol",
        "\t".join(ROWS[1]),
    ]
    assert cells(read("\n".join(lines)), *COLUMNS) == ROWS
    assert {row.section for row in read("\n".join(lines)).rows} == {"Management"}


def test_a_table_without_ports_is_told_and_not_read() -> None:
    page = HTML.format(
        f"<table>{table(('Client', 'Server', 'Port', 'Protocol'), *ROWS)}</table>"
        f"<table>{table(('Component', 'Version', 'Description'), ('Web', '3', 'Pages'))}</table>"
    )
    document = read(page)
    assert cells(document, *COLUMNS) == ROWS
    assert document.passed_over == ("table 2, row 1: Component | Version | Description",)


def test_a_row_with_a_cell_too_many_is_asked_with_its_cells() -> None:
    document = read("Client,Server,Port,Protocol\nUser,Web,443,TCP\nUser,Web,80,443,TCP\n")
    assert cells(document, "port") == [("443",)]
    (one,) = document.unread
    assert (one.place, one.cells) == ("line 3", ("User", "Web", "80", "443", "TCP"))
    assert "5 cells under a header of 4" in one.question


def test_running_text_with_broken_words_and_a_new_page_inside() -> None:
    text = (
        "Ports of a product Workstation to server communication (server inbound rules) Required? Typ e Port "
        "Communicat ion type Description Mandatory TC P 80/443 HTTP/HTTP S pages Optional (if using a client) TC P "
        "9090/944 3 own 10 kB jobs Optional/Recomme nded from Localhost TC P 19898 JMX health Required? Typ e Port "
        "Communicat ion type Description of services Mandatory TCF 9100 printing Optional U DP 161 SNMP status"
    )
    document = read(text, known=base_of("safeq5").known)
    assert cells(document, "required", "protocol", "port") == [
        ("Mandatory", "TC P", "80/443"),
        ("Optional (if using a client)", "TC P", "9090/944 3"),
        ("Optional/Recomme nded from Localhost", "TC P", "19898"),
        ("Optional", "U DP", "161"),
    ]
    assert {row.section for row in document.rows} == {"Workstation to server communication (server inbound rules)"}
    assert [one.cells[0].startswith("Mandatory TCF 9100") for one in document.unread] == [True]


def test_a_row_of_a_scan_goes_on_in_the_next_lines() -> None:
    lines = ["443 /\t\tAgent\tWeb\tpages", "9443\tTCP\t\t\tof users", "\t\tUser\tWeb\tmore"]
    text = "\n".join(["Port\tType\tSource\tDestination\tDescription", *lines])
    assert cells(read(text), "port", "protocol", "client", "server", "description") == [
        ("443 / 9443", "TCP", "Agent", "Web", "pages of users"),
        ("", "", "User", "Web", "more"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.7", "page: it is a PDF; turn it into text first"),
        (b'Client,Server,Port,Protocol\nUser,"Web,443,TCP\n', "page: line 2: unexpected end of data"),
        (b"Some text.\n", "page: no table of ports was found"),
        (b"Client\tServer\x81\x8d\tPort\n", "page: it is neither UTF-8 nor Windows-1252"),
    ],
)
def test_a_damaged_or_foreign_file_is_an_error_with_its_place(content: bytes, message: str) -> None:
    with pytest.raises(DocumentError) as error:
        read(content)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(("package", "content"), [("html5lib", b"<table></table>"), ("openpyxl", b"PK\x03\x04")])
def test_a_missing_package_is_named(package: str, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, package, None)
    with pytest.raises(DocumentError, match=f"needs the Python package {package}"):
        read(content)
