# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of attestations: what is read, and what is refused by file, entry and key."""

from __future__ import annotations

import datetime
import pathlib

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReadinessError
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.attestations import (
    Attestation,
    load_attestations,
)

TODAY = datetime.date(2026, 3, 31)
HOSTS = ("cml1", "cml2")
ENTRY = {
    "item": "safeq5/server/4",
    "by": "Jana Nova",
    "on": "2026-03-02",
    "until": "2026-12-31",
    "reference": "CHG-7",
}


def written(tmp_path: pathlib.Path, text: str) -> pathlib.Path:
    file = tmp_path / "signed.yml"
    file.write_text(text, encoding="utf-8")
    return file


def entry(**changed: object) -> str:
    given = {key: value for key, value in {**ENTRY, **changed}.items() if value is not None}
    lines = [f"    {key}: {value}" for key, value in given.items()]
    return "\n".join(["format: printops.firewall/attestations/1", "attestations:", "  -", *lines, ""])


def load(tmp_path: pathlib.Path, text: str) -> tuple[Attestation, ...]:
    return load_attestations(written(tmp_path, text), hosts=HOSTS, today=TODAY)


def test_an_entry_is_about_every_host_unless_it_names_some(tmp_path: pathlib.Path) -> None:
    (everywhere,) = load(tmp_path, entry())
    assert everywhere.is_about("safeq5/server/4", host="cml2")
    assert not everywhere.is_about("safeq5/server/5", host="cml2")
    (one,) = load(tmp_path, entry(hosts="[cml1]"))
    assert one.is_about("safeq5/server/4", host="cml1")
    assert not one.is_about("safeq5/server/4", host="cml2")


def test_an_entry_is_read_whole(tmp_path: pathlib.Path) -> None:
    (one,) = load(tmp_path, entry())
    assert (one.on, one.until) == (datetime.date(2026, 3, 2), datetime.date(2026, 12, 31))
    assert one.as_json() == {"by": "Jana Nova", "on": "2026-03-02", "until": "2026-12-31", "reference": "CHG-7"}


def test_days_may_be_quoted(tmp_path: pathlib.Path) -> None:
    (one,) = load(tmp_path, entry(on='"2026-03-02"'))
    assert one.on == datetime.date(2026, 3, 2)


def test_an_expired_entry_is_read_and_not_an_error(tmp_path: pathlib.Path) -> None:
    (one,) = load(tmp_path, entry(until="2026-03-30"))
    assert one.until < TODAY


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (entry(item="safeq5/server/44"), "entry 1: key item: there is no item 'safeq5/server/44'; did you mean"),
        (entry(item=None), "entry 1: key item: None must be a text"),
        (entry(hosts="[cml3]"), "entry 1 (safeq5/server/4): key hosts: there is no host 'cml3'"),
        (entry(hosts="cml1"), "key hosts is 'cml1'; it must be a list of strings"),
        (entry(by=None), "key by: None must be a text"),
        (entry(reference='" "'), "key reference: ' ' must be a text"),
        (entry(until=None), "key until: None must be a day, such as 2026-03-31"),
        (entry(until="soon"), "key until: 'soon' must be a day"),
        (entry(until="2026-12-31T10:00:00"), "must be a day"),
        (entry(until="2026-03-01"), "key until: 2026-03-01 is before 2026-03-02, the day it was signed"),
        (entry(on="2026-04-01"), "key on: 2026-04-01 lies in the future; today is 2026-03-31"),
        (entry(untill="2026-12-31"), "entry 1: there is no key 'untill'; did you mean 'until'?"),
        (
            "format: printops.firewall/attestations/2\nattestations: []\n",
            "key format: 'printops.firewall/attestations/2'",
        ),
        ("format: printops.firewall/attestations/1\n", "key attestations: None must be a list"),
        ("- item: x\n", "it must be a mapping"),
        ("format: [\n", "signed.yml"),
    ],
)
def test_a_faulty_file_is_refused_by_entry_and_key(tmp_path: pathlib.Path, text: str, message: str) -> None:
    with pytest.raises(ReadinessError) as refused:
        load(tmp_path, text)
    assert str(tmp_path / "signed.yml") in str(refused.value)
    assert message in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ReadinessError, match=r"none\.yml"):
        load_attestations(tmp_path / "none.yml", hosts=HOSTS, today=TODAY)
