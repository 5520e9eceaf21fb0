# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document, its digest and its table."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import VerifyError
from ansible_collections.printops.firewall.plugins.plugin_utils._verify.evidence import FORMAT, digest, evidence
from ansible_collections.printops.firewall.plugins.plugin_utils._verify.latency import percentile
from ansible_collections.printops.firewall.plugins.plugin_utils._verify.run import Run
from ansible_collections.printops.firewall.plugins.plugin_utils._verify.text import evidence_text
from ansible_collections.printops.firewall.plugins.plugin_utils._verify.unverifiable import command

from .test_schedule import A6, B6, A, B, answer, plan, rule

CHECKOUT = pathlib.Path(__file__).resolve().parents[5]
EXAMPLE = CHECKOUT / "tests" / "golden" / "evidence" / "example.json"
TOKEN = {"host": "b", "local": B, "peer": A}
KEY = f"tcp {A} 40000 {B} 80"


def made(*, ms: float = 1.0, clusters: dict[str, str] | None = None, attempts: t.Any = None) -> dict[str, t.Any]:
    document = plan(rule("tcp", ["80"], [f"{A}/32", "10.20.0.0/16", "2001:db8:9::/64"]))
    answers = {"a": answer([A, A6]), "b": answer([B, B6], ("tcp", 80, "ours")), "c": {"msg": "no way there"}}
    run = Run.of(document, answers=answers, refused="none", seed="1")
    good = {"outcome": "token", "key": KEY, "ms": ms, "token": TOKEN, "left": [1, 1, 0]}
    return evidence(
        run,
        probers={"a": [{"attempts": [[good]] if attempts is None else attempts, "took_s": 1.5}]},
        records={"b": {"record": {"seen": {KEY: [1, 1, 0]}, "taken": [KEY]}}},
        clusters=clusters or {},
        limit_ms=100,
        begun="2031-04-02T08:15:00Z",
        ended="2031-04-02T08:15:09Z",
    )


def test_the_document_is_as_its_page_says() -> None:
    found, example = made(), json.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert list(found) == list(example)
    assert found["format"] == example["format"] == FORMAT
    for key in ("probes", "latency", "unverifiable"):
        assert list(found[key][0]) == list(example[key][0]), key
    assert list(found["hosts"]["a"]) == list(example["hosts"]["mgmt1"])
    assert found["summary"].keys() == example["summary"].keys()


def test_the_page_names_every_key_of_the_example() -> None:
    page = (CHECKOUT / "docs" / "verify.md").read_text(encoding="utf-8")
    example = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    parts = [example, example["hosts"]["mgmt1"], *(example[key][0] for key in ("probes", "latency", "unverifiable"))]
    assert [key for part in parts for key in part if f"`{key}`" not in page] == []


@pytest.mark.parametrize("document", [made(), json.loads(EXAMPLE.read_text(encoding="utf-8"))])
def test_the_digest_is_that_of_everything_else(document: dict[str, t.Any]) -> None:
    assert digest(document) == document["digest"]
    assert digest({**document, "begun": "2031-04-02T08:15:01Z"}) != document["digest"]


def test_what_was_answered_passes_only_where_all_planned_hosts_were_reached() -> None:
    assert made()["summary"]["passed"]
    assert made()["hosts"]["c"] | {"planned": False, "reached": False, "why": "no way there"} == made()["hosts"]["c"]
    assert not made(attempts=[[]])["summary"]["passed"]


def test_nothing_is_passed_where_a_host_answered_something_else_than_was_asked() -> None:
    with pytest.raises(VerifyError, match="host a: 1 probes were asked for, and 2 answered"):
        made(attempts=[[], []])


@pytest.mark.parametrize(
    ("ms", "clusters", "limit", "result"),
    [
        (99.9, {"a": "brno", "b": "brno"}, 100, "pass"),
        (100.0, {"a": "brno", "b": "brno"}, 100, "fail"),
        (500.0, {"a": "brno", "b": "prague"}, None, "pass"),
        (500.0, {"a": "", "b": ""}, None, "pass"),
    ],
)
def test_the_limit_counts_between_hosts_of_a_group(
    ms: float, clusters: dict[str, str], limit: float | None, result: str
) -> None:
    found = made(ms=ms, clusters=clusters)
    (latency,) = found["latency"]
    assert (latency["limit_ms"], latency["result"], latency["p95_ms"]) == (limit, result, ms)
    assert found["summary"]["passed"] == (result == "pass")


def test_percentiles_are_by_nearest_rank() -> None:
    times = list(map(float, range(1, 21)))
    assert (percentile(times, 0.5), percentile(times, 0.95), percentile([], 0.5)) == (10.0, 19.0, None)


def test_ends_that_are_not_managed_are_listed_with_lines_to_try_them() -> None:
    (entry,) = made()["unverifiable"]
    assert entry["remotes"] == ["10.20.0.0/16", "2001:db8:9::/64"]
    assert entry["commands"]["linux"] == [f"nc -vz -w 3 {B} 80", f"nc -vz -w 3 {B6} 80"]
    assert entry["commands"]["windows"][0] == f"Test-NetConnection -ComputerName {B} -Port 80"
    assert entry["commands"]["macos"][0] == f"nc -vz -G 3 {B} 80"
    assert command("macos", "icmp", B6, None) == f"ping6 -c 3 {B6}"


def test_the_table_fits_and_tells_what_failed() -> None:
    text = evidence_text(json.loads(EXAMPLE.read_text(encoding="utf-8")))
    assert max(map(len, text.splitlines())) <= 100
    for words in (
        "dropped (destination)",
        "partly_answered",
        "NOT REACHED site3",
        "SLOW site1 -> site2",
        "NOT PASSED: 2 of 6",
    ):
        assert words in text
