# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports: what counts, what was signed, and each of the three forms."""

from __future__ import annotations

import html.parser
import json
import pathlib
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReadinessError
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.model import Evidence, Outcome, Status
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.report import (
    Report,
    collection_version,
    dump_report,
    read_question,
    readiness_report,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.report_text import readiness_text
from ansible_collections.printops.firewall.plugins.plugin_utils._report.readiness import readiness_html

AT = "2026-03-31T12:00:00Z"
CHECKOUT = pathlib.Path(__file__).resolve().parents[5]


def outcome(
    number: str, status: Status, *, host: str = "cml1", summary: str = "what was found", **more: t.Any
) -> Outcome:
    evidence = (Evidence("seen", f"{host}: place", AT),)
    return Outcome(f"safeq5/server/{number}", host, status, summary, evidence, **more)


FOUND = [
    outcome("12", Status.PASS),
    outcome("1", Status.FAIL, summary="nginx listens on TCP 80", remedy="Stop it."),
    outcome("9", Status.FAIL, summary="Defender does not exclude C:\\SafeQ5", remedy="Exclude it."),
    outcome("4", Status.ATTEST, reason="preinstall_server_software would make this automatic"),
    outcome("6", Status.UNKNOWN, summary="could not be checked", reason="smbclient is not installed"),
    outcome("2", Status.NOT_APPLICABLE, reason="the item is about windows"),
]


def report(found: t.Sequence[Outcome] = FOUND, *, hosts: t.Sequence[str] = ("cml1",), **asked: t.Any) -> Report:
    answers: dict[str, list[dict[str, t.Any]]] = {}
    for one in found:
        answers.setdefault(one.host, []).append(one.as_json())
    question = {"known_hosts": None, "at": AT, "fail_on": "mandatory", "attestations": None, **asked}
    return readiness_report(answers, read_question(hosts=list(hosts), **question))


def signed(tmp_path: pathlib.Path, *items: str, until: str = "2026-12-31") -> str:
    lines = ["format: printops.firewall/attestations/1", "attestations:"]
    for item in items:
        lines += [f"  - {{item: {item}, by: Jana <b>, on: 2026-03-02, until: {until}, reference: CHG-7}}"]
    file = tmp_path / "signed.yml"
    file.write_text("\n".join(lines), encoding="utf-8")
    return str(file)


def statuses(made: Report) -> dict[str, str]:
    return {entry["item"].rpartition("/")[2]: entry["status"] for entry in made["hosts"]["cml1"]["items"]}


def test_items_stand_in_the_order_of_the_list_and_are_counted() -> None:
    made = report()
    assert list(statuses(made)) == ["1", "2", "4", "6", "9", "12"]
    assert made["hosts"]["cml1"]["counts"] == made["counts"]
    assert made["counts"] == {
        "fail": 2,
        "could_not_check": 1,
        "needs_attestation": 1,
        "signed": 0,
        "pass": 1,
        "not_applicable": 1,
    }


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [
        ("mandatory", ["1"]),
        ("all", ["1", "9"]),
        ("none", []),
        (["safeq5/server/9", "safeq5/server/12"], ["9"]),
        ("safeq5/server/9", ["9"]),
        ([], []),
    ],
)
def test_the_operator_chooses_which_failures_count(fail_on: t.Any, failing: list[str]) -> None:
    made = report(fail_on=fail_on)
    assert [one["item"].rpartition("/")[2] for one in made["failing"]] == failing
    assert made["ready"] == (not failing)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"fail_on": "mandatry"},
            "preinstall_fail_on is 'mandatry'; it must be mandatory, all, none, or a list of items",
        ),
        ({"fail_on": ["safeq5/server/99"]}, "preinstall_fail_on: there is no item 'safeq5/server/99'"),
        ({"fail_on": 5}, "preinstall_fail_on is 5; it must be a list of strings"),
        ({"at": "now"}, "the time of the report is 'now'"),
        ({"attestations": 5}, "printops_attestations is 5; it must be the path of a file"),
    ],
)
def test_questions_that_cannot_be_read_are_refused(asked: dict[str, t.Any], message: str) -> None:
    with pytest.raises(ReadinessError) as refused:
        report(**asked)
    assert message in str(refused.value)


def test_an_outcome_of_no_item_is_refused() -> None:
    with pytest.raises(ReadinessError, match="there is no item 'safeq5/server/99'"):
        report([outcome("99", Status.PASS)])


def test_signed_items_appear_as_such(tmp_path: pathlib.Path) -> None:
    made = report(attestations=signed(tmp_path, "safeq5/server/4", "safeq5/server/6"))
    assert {item: statuses(made)[item] for item in ("4", "6")} == {"4": "signed", "6": "signed"}
    (entry,) = [one for one in made["hosts"]["cml1"]["items"] if one["item"] == "safeq5/server/4"]
    assert entry["checked"] == "needs_attestation"
    assert entry["signature"] == {
        "by": "Jana <b>",
        "on": "2026-03-02",
        "until": "2026-12-31",
        "reference": "CHG-7",
        "valid": True,
    }


def test_a_signature_holds_until_the_end_of_its_last_day(tmp_path: pathlib.Path) -> None:
    assert statuses(report(attestations=signed(tmp_path, "safeq5/server/4", until="2026-03-31")))["4"] == "signed"
    expired = report(attestations=signed(tmp_path, "safeq5/server/4", until="2026-03-30"))
    assert statuses(expired)["4"] == "needs_attestation"
    assert "the signature has expired: Jana <b> on 2026-03-02" in " ".join(readiness_text(expired).split())


def test_of_two_signatures_the_one_that_lasts_longer_counts(tmp_path: pathlib.Path) -> None:
    file = pathlib.Path(signed(tmp_path, "safeq5/server/4", until="2026-03-30"))
    file.write_text(
        file.read_text() + "\n  - {item: safeq5/server/4, by: Petr, on: 2026-03-02, until: 2026-06-30, reference: x}\n"
    )
    assert statuses(report(attestations=str(file)))["4"] == "signed"


def test_a_signature_does_not_undo_what_was_seen(tmp_path: pathlib.Path) -> None:
    made = report(attestations=signed(tmp_path, "safeq5/server/1", "safeq5/server/12"))
    assert (statuses(made)["1"], statuses(made)["12"], made["ready"]) == ("fail", "pass", False)
    assert "does not count: the check itself says otherwise" in " ".join(readiness_text(made).split())


def test_a_host_without_outcomes_is_not_ready() -> None:
    made = report([outcome("12", Status.PASS)], hosts=["cml1", "cml2"])
    assert (made["unreached"], made["ready"]) == (["cml2"], False)
    assert "NOT REACHED: cml2" in readiness_text(made)
    assert report([], hosts=["cml2"], fail_on="none")["ready"]


def test_a_host_that_was_not_reached_takes_one_row() -> None:
    reason = "the host was not reached: timed out"
    made = report([outcome(str(number), Status.UNKNOWN, reason=reason) for number in range(1, 10)])
    assert made["unreached"] == ["cml1"]
    rows = [line for line in readiness_text(made).splitlines() if reason[:20] in line]
    assert len(rows) == 1


def test_the_table_has_what_is_not_simply_passed() -> None:
    text = readiness_text(report())
    lines = text.splitlines()
    assert lines[0].split()[:2] == ["HOST", "FAIL"]
    assert lines[1].split() == ["cml1", "2", "1", "1", "0", "1", "1"]
    flat = " ".join(text.split())
    assert "FAIL cml1 No web server on TCP port 80: nginx listens on TCP 80. To do: Stop it [safeq5/server/1]" in flat
    assert "FAIL * cml1" in flat
    assert "safeq5/server/12" not in flat
    assert flat.endswith(
        "NOT READY: 1 item failed that must not (No web server on TCP port 80 on cml1); 2 items left for a person."
    )
    assert "safeq5/… is the vendor's check list, printed for SafeQ CML." in flat


def test_hosts_on_which_an_item_ends_alike_share_a_row() -> None:
    found = [outcome("1", Status.FAIL, host=f"cml{number}", summary="IIS", remedy="Stop.") for number in range(1, 6)]
    text = readiness_text(report(found, hosts=[one.host for one in found]))
    assert "FAIL     cml1, cml2, cml3 and 2 more  No web server on TCP port 80: IIS." in text
    assert max(map(len, text.splitlines())) <= 100


def test_items_that_end_alike_share_a_row() -> None:
    made = report([outcome(number, Status.ATTEST, reason="ask somebody") for number in ("4", "5", "7")])
    assert "safeq5/server/4-5,7" in readiness_text(made)


@pytest.mark.parametrize(
    ("found", "fail_on", "end"),
    [
        ([outcome("12", Status.PASS)], "mandatory", "1 host ready."),
        ([outcome("9", Status.FAIL), outcome("12", Status.PASS)], "mandatory", "1 host ready."),
        (
            [outcome("4", Status.ATTEST)],
            "none",
            "nothing failed that must not (preinstall_fail_on: none); 1 item left for a person.",
        ),
    ],
)
def test_the_verdict_of_what_is_ready(found: list[Outcome], fail_on: str, end: str) -> None:
    assert readiness_text(report(found, fail_on=fail_on)).endswith(end)


def test_json_is_the_report() -> None:
    made = report()
    assert json.loads(dump_report(made)) == made
    assert made["format"] == "printops.firewall/readiness/1"
    assert made["made"] == {"at": AT, "collection": "printops.firewall", "version": collection_version()}


def test_the_version_is_that_of_the_collection() -> None:
    assert f"\nversion: {collection_version()}\n" in (CHECKOUT / "galaxy.yml").read_text(encoding="utf-8")


class Page(html.parser.HTMLParser):
    """Tags that are open, all that were there with their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(name="page")
def page_fixture(tmp_path: pathlib.Path) -> Page:
    nasty = outcome("5", Status.FAIL, summary='<script>alert("x")</script> & more', remedy="<i>fix</i>")
    elsewhere = outcome("1", Status.PASS, host="<img src=x>")
    files = signed(tmp_path, "safeq5/server/4", "safeq5/server/1")
    made = report([*FOUND, nasty, elsewhere], hosts=["cml1", "<img src=x>"], attestations=files)
    return Page(readiness_html(made))


def test_the_page_is_well_formed_and_needs_nothing_else(page: Page) -> None:
    assert page.stack == []
    names = {tag for tag, _attributes in page.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "form"}
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert links
    anchors = {attributes.get("id") for _tag, attributes in page.tags}
    assert all(link is not None and link.startswith("#") and link[1:] in anchors for link in links)
    style = page.text.partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    assert not [key for _tag, attributes in page.tags for key in attributes if key.startswith("on") or key == "src"]


def test_the_page_shows_texts_as_they_are(page: Page) -> None:
    assert '<script>alert("x")</script> & more' in page.text
    assert "<img src=x>" in page.text
    assert "Jana <b>" in page.text


def test_the_page_says_when_by_what_and_who_signed_until_when(page: Page) -> None:
    flat = " ".join(page.text.split())
    assert f"Made on {AT} by printops.firewall {collection_version()}." in flat
    assert "signed by Jana <b> on 2026-03-02, until 2026-12-31, CHG-7" in flat
    assert "no: the check decides" in flat


def test_the_page_groups_by_host_and_area_and_has_the_evidence(page: Page) -> None:
    headings = [tag for tag, _attributes in page.tags if tag in ("h1", "h2", "h3", "h4")]
    assert headings == ["h1", "h2", "h3", "h3", "h3", "h3", "h4", "h3", "h4"]
    assert f"cml1: place, {AT}: seen" in page.text


def test_the_page_can_be_printed(page: Page) -> None:
    assert "@media print" in page.text
    assert "display: table-header-group" in page.text


def test_a_page_of_nothing_left_says_so() -> None:
    assert "<p>Nothing.</p>" in readiness_html(report([outcome("12", Status.PASS)]))
