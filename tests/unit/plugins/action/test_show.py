# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action that prints, in a playbook of its own."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[4]
PLAYBOOK = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - printops.firewall.show: {text: "first 'line'\\n\\nsecond \\"line\\""}
      register: shown
      check_mode: CHECK
    - ansible.builtin.assert:
        that: [shown is not changed, "shown.lines == ['first \\\\'line\\\\'', '', 'second \\"line\\"']"]
"""


def run(playbook: str, folder: pathlib.Path, **variables: str) -> subprocess.CompletedProcess[str]:
    file = folder / "show.yml"
    file.write_text(playbook, encoding="utf-8")
    return subprocess.run(
        ["ansible-playbook", "-i", "localhost,", str(file)],
        cwd=CHECKOUT,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_text_is_printed_as_it_is_also_in_check_mode(tmp_path: pathlib.Path) -> None:
    done = run(PLAYBOOK.replace("CHECK", "true"), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\nfirst 'line'\n\nsecond \"line\"\n" in done.stdout


@pytest.mark.parametrize("callback", ["ansible.posix.json", "ansible.posix.jsonl"])
def test_a_callback_that_a_program_reads_has_stdout_for_itself(callback: str, tmp_path: pathlib.Path) -> None:
    done = run(PLAYBOOK.replace("CHECK", "false"), tmp_path, ANSIBLE_STDOUT_CALLBACK=callback)
    assert done.returncode == 0, done.stdout + done.stderr
    documents = [done.stdout] if callback.endswith("json") else done.stdout.splitlines()
    assert all(isinstance(json.loads(one), dict) for one in documents)
    assert "\nfirst 'line'\n\nsecond \"line\"\n" in done.stderr


def test_text_is_required(tmp_path: pathlib.Path) -> None:
    done = run("- hosts: localhost\n  gather_facts: false\n  tasks: [{printops.firewall.show: {}}]\n", tmp_path)
    assert done.returncode != 0
    assert "text" in done.stdout + done.stderr
