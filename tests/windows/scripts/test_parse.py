# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PowerShell 7 itself parses every script of the collection, and loads every module, also that for Windows."""

from __future__ import annotations

import json
import typing as t

import pytest

from ..static.grammar import exported, parse
from ..static.scripts import every_script
from .host import HERE, Host

pytestmark = pytest.mark.pwsh

Answer = dict[str, t.Any]


@pytest.fixture
def answers(host: Host) -> list[Answer]:
    """What PowerShell says of each file: its path, its problems, and the functions that it exports."""
    work, written = host.folder / "work.json", host.folder / "answers.json"
    work.write_text(json.dumps({"files": [str(path) for path in every_script()], "answers": str(written)}))
    done = host.powershell(HERE / "parse.ps1", str(work))
    assert done.returncode == 0, done.stdout + done.stderr
    read: list[Answer] = json.loads(written.read_text(encoding="utf-8"))
    return read


def test_every_script_parses_and_every_module_exports_what_it_says(answers: list[Answer]) -> None:
    assert [answer["file"] for answer in answers] == [str(path) for path in every_script()]
    for answer, path in zip(answers, every_script(), strict=True):
        assert answer["problems"] == [], answer["file"]
        names = exported(parse(path.read_text(encoding="utf-8"))) if path.suffix == ".psm1" else []
        assert sorted(answer["exports"]) == sorted(names), answer["file"]
