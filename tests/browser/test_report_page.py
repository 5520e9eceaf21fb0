# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a report as a person uses it."""

from __future__ import annotations

import copy
import json
import pathlib
import typing as t

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan, load_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.model import Status
from ansible_collections.printops.firewall.plugins.plugin_utils._report.make import make_report
from ansible_collections.printops.firewall.plugins.plugin_utils._report.question import read_question
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils._readiness.test_report import (
    FOUND,
    outcome,
    report,
)

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden"
EVIDENCE = GOLDEN / "evidence" / "example.json"
COMPANY = load_plan(GOLDEN / "plans" / "company.json")
PHONE, WIDE = {"width": 390, "height": 844}, {"width": 1600, "height": 1000}
HOSTILE = "</script><img src=x onerror=alert(1)>\u2028=cmd|'/C calc'!A0"
Opened = t.Callable[..., Page]


def written(folder: pathlib.Path, plan: Plan, **more: t.Any) -> pathlib.Path:
    question = read_question(plan=plan, forms=["html"], **more)
    path = folder / "report.html"
    path.write_bytes(make_report(question).files["report.html"])
    return path


@pytest.fixture(name="company", scope="module")
def company_fixture(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("company")
    readiness = folder / "readiness.json"
    readiness.write_text(json.dumps(report([*FOUND, outcome("5", Status.FAIL)])), encoding="utf-8")
    return written(
        folder,
        COMPANY,
        approved_plan=str(GOLDEN / "plans" / "lab.json"),
        evidence=str(EVIDENCE),
        readiness=str(readiness),
    )


def shown(page: Page, column: str, *, sheet: str = "flow_matrix") -> set[str]:
    cells = page.locator(f"#{sheet}-table .tabulator-row [tabulator-field={column}]")
    return {text.strip() for text in cells.all_inner_texts()}


def search(page: Page, text: str) -> str:
    page.fill("#search", text)
    page.wait_for_function("text => document.documentElement.dataset.applied === text", arg=text)
    return page.inner_text("#flow_matrix-count")


@pytest.mark.parametrize(
    ("text", "column", "found"),
    [
        ("safeq6/terminal-server/21", "flow", {"safeq6/terminal-server/21"}),
        ("5011/tcp", "ports", {"5011"}),
        ("5016/tcp", "ports", {"5014-5019"}),
        ("mfd_xerox_versalink 636", "source", {"mfd_xerox_versalink"}),
        ("10.20.33.5", "source", {"terminal_professional_tp4"}),
        ("10.10.0.54", "destination", {"ldap_server"}),
        ("prague1 5012", "destination_hosts", {"prague1"}),
    ],
)
def test_search_finds_as_one_types(
    company: pathlib.Path, opened: Opened, text: str, column: str, found: set[str]
) -> None:
    page = opened(company)
    search(page, text)
    assert found <= shown(page, column) if text.startswith("10.") else shown(page, column) == found


def test_what_does_not_match_is_not_there(company: pathlib.Path, opened: Opened) -> None:
    page = opened(company)
    assert search(page, "nobody-has-this-name") == "0 of 166 rows"
    assert page.locator("#findings tbody tr:visible").count() == 0
    assert search(page, "") == "166 of 166 rows"


def test_a_filter_and_a_header_by_keyboard(company: pathlib.Path, opened: Opened) -> None:
    page = opened(company)
    page.select_option("select[data-column=encryption]", "plaintext")
    assert shown(page, "encryption") == {"plaintext"}
    page.keyboard.press("Escape")
    page.locator("#main").click(position={"x": 2, "y": 2})
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.locator("#flow_matrix-table .tabulator-col[tabulator-field=destination] button").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#flow_matrix-table .tabulator-col[tabulator-field=destination][aria-sort=ascending]")


def test_a_flow_leads_to_its_row_and_a_finding_to_its_decision(company: pathlib.Path, opened: Opened) -> None:
    page = opened(company)
    search(page, "safeq6/terminal-server/21")
    page.wait_for_function(
        "[...document.querySelectorAll('#flow_matrix-table button.row')]"
        ".every((button) => button.textContent === 'safeq6/terminal-server/21')"
    )
    page.locator("#flow_matrix-table button.row").first.focus()
    page.wait_for_function("document.activeElement.className === 'row'")
    page.keyboard.press("Enter")
    detail = page.locator("#flow_matrix-detail")
    detail.wait_for()
    assert "YSoft SafeQ 6: Network Communication, Terminal Server, row 21" in detail.inner_text()
    detail.locator("a", has_text="safeq6/terminal-server/21").click()
    page.wait_for_url("**#row-safeq6-terminal-server-21")
    assert page.locator("#row-safeq6-terminal-server-21").is_visible()
    search(page, "")
    page.locator("#findings tbody tr a", has_text="printops_").first.click()
    target = page.url.partition("#")[2]
    assert page.locator(f"#{target}").is_visible()


def test_every_link_leads_somewhere_on_the_page(company: pathlib.Path, opened: Opened) -> None:
    page = opened(company)
    lost = page.evaluate(
        "[...document.querySelectorAll('a')].map((a) => a.getAttribute('href'))"
        ".filter((to) => !to.startsWith('#') || !document.getElementById(to.slice(1)))"
    )
    assert lost == []


def test_readiness_and_evidence_are_sections_of_it(company: pathlib.Path, opened: Opened) -> None:
    page = opened(company)
    assert "No web server on TCP port 80" in page.inner_text("#readiness") or page.locator("#readiness tr").count() > 3
    assert "This evidence is about another plan" in page.inner_text("#evidence")
    assert page.locator("#difference tbody tr").count() > 10


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
def test_nothing_serious_stands_in_the_way_of_anyone(
    company: pathlib.Path, opened: Opened, scheme: str, size: dict[str, int]
) -> None:
    page = opened(company, viewport=size, color_scheme=scheme)
    page.locator("#flow_matrix-table button.row").first.click()
    found = Axe().run(page).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in serious] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_it_prints_what_was_searched_for(company: pathlib.Path, opened: Opened) -> None:
    page = opened(company)
    search(page, "safeq6/management/1")
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    rows = page.locator(".tabulator-print-table").first.locator("tbody tr")
    assert rows.count() == int(
        page.evaluate("Number(document.getElementById('flow_matrix-count').textContent.split(' ')[0])")
    )
    assert not page.locator("nav").is_visible()
    assert page.pdf(landscape=True).startswith(b"%PDF")


def test_no_name_of_the_inventory_becomes_a_part_of_the_page(tmp_path: pathlib.Path, opened: Opened) -> None:
    plan = copy.deepcopy(COMPANY)
    hosts = plan["hosts"]
    plan["hosts"] = {HOSTILE if name == "mgmt1" else name: host for name, host in hosts.items()}
    for host in plan["hosts"].values():
        host["site"] = HOSTILE
    for one in (*plan["findings"], *plan["open_inputs"]):
        one["hosts"] = [HOSTILE]
    page = opened(written(tmp_path, plan, zones={HOSTILE: ["10.20.0.0/16"]}, owner=HOSTILE))
    search(page, "cmd|")
    assert page.locator("img").count() == 0
    assert HOSTILE.replace("\u2028", "") in page.inner_text("#findings").replace("\u2028", "").replace("\n", "")
    page.locator("#flow_matrix-table button.row").first.click()
    assert "</script><img" in page.inner_text("#flow_matrix-detail")
