# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock of a host over a connection, and what is said where it cannot be read."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest
import yaml

CHECKOUT = pathlib.Path(__file__).resolve().parents[4]


def read_clock(tmp_path: pathlib.Path, *, date: str = "", **arguments: t.Any) -> dict[str, t.Any]:
    """The registered result of a task on this machine; C(date) is a shell script in the place of the command."""
    answer = tmp_path / "answer.json"
    if date:
        (tmp_path / "date").write_text(f"#!/bin/sh\n{date}\n")
        (tmp_path / "date").chmod(0o755)
    copied = {"content": "{{ clock | to_json }}", "dest": str(answer), "mode": "0600"}
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "tasks": [
            {"printops.firewall.clock_info": arguments, "register": "clock", "failed_when": False},
            {"ansible.builtin.copy": copied, "check_mode": False},
        ],
    }
    book = tmp_path / "book.yml"
    book.write_text(yaml.safe_dump([play]))
    done = subprocess.run(
        [str(pathlib.Path(sys.executable).with_name("ansible-playbook")), "--check", "-i", "localhost,", str(book)],
        env={
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".collections"),
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(answer.read_text())
    assert isinstance(result, dict)
    return result


def test_this_machine_has_its_own_time(tmp_path: pathlib.Path) -> None:
    found = read_clock(tmp_path)
    assert not found["changed"]
    assert abs(found["offset_s"]) <= found["uncertainty_s"] + 0.01


def test_a_clock_that_is_ahead_is_ahead_by_so_much(tmp_path: pathlib.Path) -> None:
    found = read_clock(tmp_path, date="exec /bin/date -d '+90 seconds' \"$@\"", exchanges=2)
    assert found["offset_s"] == pytest.approx(90, abs=found["uncertainty_s"] + 0.01)


@pytest.mark.parametrize(
    ("date", "message"),
    [
        ("echo no clock >&2; exit 3", "clock_info: reading the host's clock ended with 3: no clock"),
        ("echo 1700000000.N", "clock_info: the host's clock said '1700000000.N' instead of seconds since 1970"),
    ],
)
def test_a_clock_that_cannot_be_read_is_told_and_left_to_the_task(
    tmp_path: pathlib.Path, date: str, message: str
) -> None:
    found = read_clock(tmp_path, date=date)
    assert found["msg"] == message
    assert "offset_s" not in found
