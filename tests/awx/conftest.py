# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in for AWX as a fixture, and awx_configure as a person runs it."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import threading
import typing as t

import pytest

from .objects import Awx
from .standin import TOKEN, serve

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
SECRETS = {
    "awx_configure_machine_key": "-----BEGIN OPENSSH PRIVATE KEY-----",
    "awx_configure_vault_password": "of-the-vault",
    "awx_configure_secrets": {"database_password": "of-the-database"},
}
SETTINGS = {
    "awx_configure_token": TOKEN,
    "awx_configure_project_url": "https://git.example.com/print.git",
    "awx_configure_image": "registry.example.com/printops:1",
    "awx_configure_machine_user": "deploy",
    "awx_configure_become": True,
    "awx_configure_vault_id": "safeq",
    **SECRETS,
}


class Request(t.NamedTuple):
    method: str
    path: str
    data: dict[str, t.Any]


class Configured(t.NamedTuple):
    """What a run said, and what it wrote."""

    status: int
    text: str
    writes: list[Request]

    @property
    def said(self) -> str:
        return " ".join(self.text.split())


class StandIn:
    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self._server = serve(folder)
        self.awx: Awx = self._server.RequestHandlerClass.awx  # type: ignore[attr-defined]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def refuse(self, *beginnings: str) -> None:
        """Answer 400 to requests that begin so, as in C(POST /api/v2/schedules); to none, where none are given."""
        (self.folder / "refuse").write_text("\n".join(beginnings), encoding="utf-8")

    def configure(self, *options: str, **settings: t.Any) -> Configured:
        record = self.folder / "requests.jsonl"
        record.unlink(missing_ok=True)
        url = (self.folder / "url").read_text(encoding="utf-8").strip()
        variables = json.dumps({**SETTINGS, "awx_configure_host": url, **settings})
        done = subprocess.run(
            ["ansible-playbook", str(CHECKOUT / "playbooks" / "awx_configure.yml"), "-e", variables, *options],
            cwd=CHECKOUT,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".collections")},
            capture_output=True,
            text=True,
            check=False,
            timeout=400,
        )
        lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
        requests = [Request(**json.loads(line)) for line in lines]
        return Configured(done.returncode, done.stdout + done.stderr, [one for one in requests if one.method != "GET"])

    def named(self, kind: str, name: str) -> dict[str, t.Any] | None:
        return next((one for one in self.awx.objects[kind].values() if one["name"] == name), None)

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(name="stand_in")
def stand_in_fixture(tmp_path: pathlib.Path) -> t.Iterator[StandIn]:
    stand_in = StandIn(tmp_path)
    yield stand_in
    stand_in.end()


class Runs(t.NamedTuple):
    stand_in: StandIn
    first: Configured
    second: Configured


@pytest.fixture(name="runs", scope="module")
def runs_fixture(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Runs]:
    """The data files as they are shipped, sent twice."""
    stand_in = StandIn(tmp_path_factory.mktemp("awx"))
    yield Runs(stand_in, stand_in.configure(), stand_in.configure())
    stand_in.end()
