# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drafts: they pass the schema, keep ids and readings, carry decisions over, and ask what the print leaves open."""

from __future__ import annotations

import pathlib
import random
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import DocumentError, EstateError
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.load import find_catalog, load_catalogs
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog, Flow
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import compile_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Inventory
from ansible_collections.printops.firewall.plugins.plugin_utils._reader.base import Base
from ansible_collections.printops.firewall.plugins.plugin_utils._reader.catalog_document import Answer, answer, ask
from ansible_collections.printops.firewall.plugins.plugin_utils._reader.changes import compare
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._reader.printing import FORMATS
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._reader.releases import release_of
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._reader.support import (
    CATALOGS,
    base_of,
    read,
)

CHECKOUT = pathlib.Path(__file__).resolve().parents[5]
HEADER = "\t".join(
    (
        *("Client side", "Server side", "Unsecured server side port", "Secured server side port"),
        *("Application protocols", "Network protocols"),
    )
)


def asked_of(path: pathlib.Path, *, base: t.Sequence[str] = ("safeq6",), **more: str) -> Answer:
    given = {"name": "", "product": "", "revision": "R2", "title": "", "date": "", **more}
    return answer(ask(document=str(path), base=base, folder=str(path.parent), **given))


def section(name: str, **changed: tuple[str, ...] | None) -> str:
    """A section of safeq6 as a text of tabs; rows by number replaced, taken away or added."""
    rows = {
        row.id.rpartition("/")[2]: tuple(dict(row.flow.as_printed).values())
        for row in base_of("safeq6").rows
        if row.section == name
    }
    rows |= {number.removeprefix("row"): cells for number, cells in changed.items() if cells}  # type: ignore[misc]
    gone = {number.removeprefix("row") for number, cells in changed.items() if cells is None}
    lines = ["\t".join(cells) for number, cells in rows.items() if number not in gone]
    return "\n".join([base_of("safeq6").catalog.sections[name], HEADER, *lines, ""])


def drafted(folder: pathlib.Path, text: str, *, base: t.Sequence[str] = ("safeq6",)) -> Catalog:
    """The catalog with the draft over it."""
    page, draft = folder / "page.txt", folder / "draft.yml"
    page.write_text(text, encoding="utf-8")
    draft.write_text(asked_of(page, base=base).draft(), encoding="utf-8")
    (catalog,) = load_catalogs([find_catalog(base[0], base_folder=str(folder)), draft])
    return catalog


def flow(catalog: Catalog, flow_id: str) -> Flow:
    (found,) = (one for one in catalog.flows if one.id == f"safeq6/{flow_id}")
    return found


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("name", CATALOGS)
def test_a_draft_passes_the_schema_and_the_document_is_unchanged_beside_it(
    name: str, number: int, tmp_path: pathlib.Path
) -> None:
    kind = list(FORMATS)[number]
    page, draft = tmp_path / "page", tmp_path / "draft.yml"
    page.write_bytes(FORMATS[kind](release_of(base_of(name), number), random.Random(number)))  # noqa: S311
    draft.write_text(asked_of(page, base=[name]).draft(), encoding="utf-8")
    (catalog,) = load_catalogs([find_catalog(name, base_folder=None), draft])
    again = compare(Base(catalog), read(page.read_bytes(), known=Base(catalog).known))
    assert {one.status for one in again.outcomes} == {"unchanged"}
    assert (
        asked_of(page, base=[name, str(draft)]).draft().partition("format:")[2]
        == draft.read_text().partition("format:")[2]
    )


def test_an_unchanged_document_drafts_no_change(tmp_path: pathlib.Path) -> None:
    assert drafted(tmp_path, section("ims")).flows == base_of("safeq6").catalog.flows


def test_a_changed_port_replaces_the_old_one_and_the_id_and_the_rest_of_the_reading_stay(
    tmp_path: pathlib.Path,
) -> None:
    text = section(
        "terminal-server", row1=("Embedded terminal for Xerox", "Terminal Server", "5111", "5012", "SOAP/HTTPS", "TCP")
    )
    changed, before = (
        flow(drafted(tmp_path, text), "terminal-server/1"),
        flow(base_of("safeq6").catalog, "terminal-server/1"),
    )
    assert [str(port) for channel in changed.unsecured for port in channel.ports] == ["5111"]
    assert (changed.secured, changed.client, changed.server, changed.purpose) == (
        before.secured,
        before.client,
        before.server,
        before.purpose,
    )
    assert dict(changed.as_printed)["unsecured"] == "5111"
    assert "unsecured: '5011' is now '5111'" in changed.changed


def test_a_port_that_is_no_more_is_closed(tmp_path: pathlib.Path) -> None:
    text = section("management", row1=("User", "Management", "n/a", "443", "HTTPS", "TCP"))
    changed = flow(drafted(tmp_path, text), "management/1")
    assert (changed.unsecured, bool(changed.secured), changed.treatment) == ((), True, "open")


def test_other_words_for_the_same_change_the_print_alone(tmp_path: pathlib.Path) -> None:
    text = section("ims", row1=("Management", "IMS", "7347", "7348", "HTTP/HTTPS with TLS 1.3", "TCP"))
    changed, before = flow(drafted(tmp_path, text), "ims/1"), flow(base_of("safeq6").catalog, "ims/1")
    assert dict(changed.as_printed)["application"] == "HTTP/HTTPS with TLS 1.3"
    assert changed._replace(as_printed=before.as_printed, changed="") == before


def test_a_gone_row_is_closed(tmp_path: pathlib.Path) -> None:
    assert flow(drafted(tmp_path, section("ims", row5=None)), "ims/5").treatment == "obsolete"


def test_a_section_that_the_document_has_not_stays_as_it_is(tmp_path: pathlib.Path) -> None:
    catalog = drafted(tmp_path, section("ims"))
    assert [one.treatment for one in catalog.flows] == [one.treatment for one in base_of("safeq6").catalog.flows]


@pytest.mark.parametrize(
    ("name", "row", "cells", "decided"),
    [
        ("management", "7", ("ProactiveCare", "Management", "19899", "n/a", "JMX, JMX RMI", "TCP"), "printops_accept"),
        (
            "mfd",
            "3",
            ("Terminal Server", "MFD (Konica Minolta)", "161", "n/a", "SNMP", ""),
            "printops_ports.mfd_snmp_port",
        ),
        (
            "terminal-server",
            "42",
            ("MFD", "Terminal Server", "21, 50000-50100", "n/a", "FTP", "TCP"),
            "printops_features",
        ),
    ],
)
def test_what_was_decided_is_asked_again_where_the_row_means_something_else(
    name: str, row: str, cells: tuple[str, ...], decided: str, tmp_path: pathlib.Path
) -> None:
    catalog = drafted(tmp_path, section(name, **{f"row{row}": cells}))
    changed = flow(catalog, f"{name}/{row}")
    assert changed.treatment == "unanswered"
    assert decided in changed.because
    inventory = Inventory(
        {"safeq6_management": ["one"]},
        {
            "one": {
                "ansible_host": "192.0.2.1",
                "inventory_dir": str(tmp_path),
                "printops_accept": [changed.id],
                "printops_catalogs": ["safeq6", "draft.yml"],
            }
        },
    )
    with pytest.raises(
        EstateError, match=f"printops_accept names {changed.id}, which nothing can open: In the document of R2"
    ):
        compile_plan(inventory)


def test_a_new_row_is_closed_and_asks_in_its_own_words_who_its_client_is(tmp_path: pathlib.Path) -> None:
    text = section("ims", row6=("Robot", "IMS", "7447", "n/a", "MQTT", "TCP"))
    new = flow(drafted(tmp_path, text), "ims/6")
    assert (new.treatment, new.client, new.server) == ("unanswered", (), ("ims",))
    assert "client: Robot" in new.because
    assert "who is the client of this row?" in new.because
    assert [str(port) for channel in new.unsecured for port in channel.ports] == ["7447"]
    inventory = Inventory(
        {"safeq6_ims": ["one"]},
        {
            "one": {
                "ansible_host": "192.0.2.1",
                "inventory_dir": str(tmp_path),
                "printops_catalogs": ["safeq6", "draft.yml"],
            }
        },
    )
    plan = compile_plan(inventory)
    assert "safeq6/ims/6" in {one["flow"] for one in plan["skipped"]}
    assert ["safeq6/ims/6"] in [one["flows"] for one in plan["findings"] if one["kind"] == "unanswered"]


def test_a_row_that_an_earlier_release_had_dropped_is_asked_when_it_is_there_again(tmp_path: pathlib.Path) -> None:
    drafted(tmp_path, section("ims", row5=None))
    (tmp_path / "draft.yml").rename(tmp_path / "before.yml")
    again = flow(drafted(tmp_path, section("ims"), base=("safeq6", "before.yml")), "ims/5")
    assert again.treatment == "unanswered"


def test_the_next_draft_takes_over_what_the_earlier_overlay_says_of_unchanged_rows(tmp_path: pathlib.Path) -> None:
    earlier = tmp_path / "ours.yml"
    earlier.write_text(
        "format: printops.firewall/overlay/1\nname: ours\n"
        "components:\n  safeq6/web_proxy: {kind: external, printed: [], description: Ours.}\n"
        "changes:\n  safeq6/others/27: {client: [web_proxy], treatment: open, because: null, reason: Ours.}\n",
        encoding="utf-8",
    )
    catalog = drafted(tmp_path, section("ims", row5=None), base=("safeq6", "ours.yml"))
    assert flow(catalog, "others/27").client == ("web_proxy",)
    assert flow(catalog, "ims/5").treatment == "obsolete"


def test_a_catalog_that_was_made_from_no_document_is_compared_by_its_readings(tmp_path: pathlib.Path) -> None:
    own = CHECKOUT / "inventory_examples" / "overlay" / "catalogs" / "site_services.yml"
    page, draft = tmp_path / "ports.csv", tmp_path / "draft.yml"
    rows = ["backup_server,print_server,6162,TCP", "print_server,ntp_server,124,UDP", "Robot,print_server,1,TCP"]
    page.write_text("\n".join(["Client,Server,Port,Protocol", *rows]), encoding="utf-8")
    found = asked_of(page, base=[str(own)])
    assert found.counts == {"unchanged": 1, "changed": 1, "new": 1, "gone": 3, "unread": 0}
    draft.write_text(found.draft(), encoding="utf-8")
    (catalog,) = load_catalogs([own, draft])
    assert [str(port) for port in catalog.flows[0].unsecured[0].ports] == ["124"]
    assert catalog.flows[-1].treatment == "unanswered"


def test_a_whole_catalog_for_a_product_that_has_none(tmp_path: pathlib.Path) -> None:
    page, draft = tmp_path / "ports.csv", tmp_path / "other.yml"
    page.write_text(
        "Client,Server,Port,Protocol\nBrowser,Portal,443,TCP\nPortal,Printer,any,TCP\n,Portal,80,TCP\n",
        encoding="utf-8",
    )
    found = asked_of(page, base=(), name="otherprint", product="OtherPrint 3")
    draft.write_text(found.draft(), encoding="utf-8")
    (catalog,) = load_catalogs([draft])
    assert (catalog.name, catalog.product) == ("otherprint", "OtherPrint 3")
    assert {name: one.kind for name, one in catalog.components.items()} == {
        "browser": "client",
        "portal": "server",
        "printer": "device",
    }
    assert {one.treatment for one in catalog.flows} == {"unanswered"}
    assert "'any' names no port" in catalog.flows[1].because
    assert "who is the client of this row?" in catalog.flows[2].because


def test_that_another_catalog_is_meant_is_told(tmp_path: pathlib.Path) -> None:
    rows = [tuple(dict(row.flow.as_printed).values()) for row in base_of("lrs").rows]
    page = tmp_path / "page.txt"
    page.write_text(
        "\n".join("\t".join(row) for row in [("Port", "Type", "Source", "Destination"), *rows]), encoding="utf-8"
    )
    assert "44 are like one of lrs: is that the one you mean?" in " ".join(asked_of(page).text().split())


def test_a_document_without_columns_of_ends_closes_nothing_that_it_does_not_name(tmp_path: pathlib.Path) -> None:
    lines = ["Workstation to server communication", "Required?\tType\tPort\tCommunication type\tDescription"]
    rows = [
        "Mandatory\tTCP\t80/443\tHTTP/HTTPS\tBrowsers open administration and reporting",
        "Mandatory\tTCP\t5566\tHTTP\t-",
    ]
    page = tmp_path / "page.txt"
    page.write_text("\n".join([*lines, *rows, ""]), encoding="utf-8")
    catalog = drafted(tmp_path, page.read_text(encoding="utf-8"))
    closed = [one.id for one in catalog.flows if one.treatment == "obsolete"]
    assert closed == []
    told = " ".join(asked_of(page).text().split())
    assert "The document has no columns of clients and servers" in told
    assert "safeq6/mfd/1-25" in told


@pytest.mark.parametrize(
    ("base", "more", "message"),
    [
        ([], {}, "name the catalog to compare with"),
        (["safeq7"], {}, "base names 'safeq7', which is neither a shipped catalog nor a file"),
        (["safeq6", "safeq5"], {}, "base names 2 catalogs"),
        (["safeq6"], {"name": "Not good"}, "name is 'Not good'; it must begin with a small letter"),
    ],
)
def test_what_is_asked_wrongly_is_told(
    base: list[str], more: dict[str, str], message: str, tmp_path: pathlib.Path
) -> None:
    page = tmp_path / "page.txt"
    page.write_text(section("ims"), encoding="utf-8")
    with pytest.raises(DocumentError, match=message):
        asked_of(page, base=base, **more)
