# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords and card numbers reach no output, report, log, file or process list: the whole playbook at verbosity 4."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import typing as t

import pytest

from .conftest import Lab
from .probes.playbooks import CHECKOUT, Played, play_file
from .services import database, directory, others
from .services.certificates import Authority
from .services.machine import HOST
from .services.played import write_inventory
from .services.watch import PAUSE_S, Watch, forms
from .test_preinstall_database import CLEAN as DATABASE
from .test_preinstall_database import accounts
from .test_preinstall_directory import CLEAN as DIRECTORY

WRONG = "Siebzehn-lange-Latten-2"
SHARE_PASSWORD = "Neun-kalte-Suppen-8"  # noqa: S105 - of the lab
CARDS = [directory.card(number) for number in range(1, directory.USERS + 1)]
SECRETS = [directory.PASSWORD, database.PASSWORD, WRONG, SHARE_PASSWORD, *CARDS]
HOSTS: dict[str, dict[str, t.Any]] = {
    "ready": {},
    "faulty": {
        "preinstall_directory_bases": [directory.FAULTY],
        "preinstall_database_databases": ["sqdb5", "sqdw6"],
    },
    "refused": {
        **accounts("sync", "cml1", password=WRONG),
        "preinstall_directory_password": WRONG,
        "preinstall_directory_from": "localhost",
        "preinstall_database_from": HOST,
    },
}


class Spied(t.NamedTuple):
    played: Played
    watch: Watch
    reports: pathlib.Path


@pytest.fixture(name="spied", scope="module")
def spied_fixture(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Spied:
    lab.call("up", HOST)
    directory.start(lab, authority=Authority())
    others.start_dns(lab)
    database.start(lab)
    folder = tmp_path_factory.mktemp("secrets")
    share = {"preinstall_server_share": r"\\198.18.9.11\safeq-install", "preinstall_server_share_user": "installer"}
    common = {**DIRECTORY, **DATABASE, **share, "preinstall_server_share_password": SHARE_PASSWORD}
    inventory = write_inventory(
        folder,
        groups={"safeq5_cml": {name: {**common, **values} for name, values in HOSTS.items()}},
    )
    options = ["-e", f"preinstall_report_folder={folder}/report", "-e", "preinstall_fail_on=none", "-vvvv"]
    with Watch(SECRETS) as watch:
        played = play_file(lab, CHECKOUT / "playbooks" / "preinstall.yml", "-i", str(inventory), *options)
    return Spied(played, watch, folder / "report")


def hits(text: str) -> list[str]:
    raw = text.encode()
    return [secret for secret in SECRETS for form in forms(secret) if form in raw]


def test_the_run_told_something_of_each_host(spied: Spied) -> None:
    assert spied.played.status == 0, spied.played.text[-4000:]
    assert "ESTABLISH SSH CONNECTION" in spied.played.text
    table = (spied.reports / "readiness.json").read_text(encoding="utf-8")
    for words in ("500 users listed", "sync logged in to sqdb5", "a card number is shared", "sync cannot log in"):
        assert words in table


def test_no_secret_is_in_the_output(spied: Spied) -> None:
    assert hits(spied.played.text) == []


def test_no_secret_is_in_a_report(spied: Spied) -> None:
    files = sorted(spied.reports.iterdir())
    assert [file.name for file in files] == ["readiness.html", "readiness.json"]
    assert [file.name for file in files if hits(file.read_text(encoding="utf-8"))] == []


def test_no_secret_is_in_a_process_list(spied: Spied) -> None:
    assert len(spied.watch.processes) > 100
    assert spied.watch.found == set()


@pytest.mark.parametrize("host", ["floor", HOST])
@pytest.mark.usefixtures("spied")
def test_no_secret_is_in_the_journal_or_left_in_a_file(lab: Lab, host: str) -> None:
    journal = lab.enter(host, ["journalctl", "--no-pager", "--output=cat"])
    assert "Invoked with" in journal.stdout
    assert hits(journal.stdout) == []
    left = lab.enter(
        host, ["sh", "-c", "find /tmp /var/tmp /root /dev/shm -type f -exec cat {} + | tr -cd '\\11\\12\\40-\\176'"]
    )
    assert hits(left.stdout) == []


def test_the_watch_finds_what_it_looks_for() -> None:
    with Watch(["a-needle-in-the-hay"]) as watch:
        sleep = f"import time; time.sleep({PAUSE_S * 100}) # a-needle-in-the-hay"
        subprocess.run([sys.executable, "-c", sleep], check=True)
        subprocess.run([sys.executable, "-c", sleep[: sleep.index("#")]], check=True, env={"X": "a-needle-in-the-hay"})
    assert {one.partition(":")[0] for one in watch.found} == {"cmdline", "environ"}
    assert hits(f"x{DIRECTORY['preinstall_directory_password']}") == [directory.PASSWORD]
