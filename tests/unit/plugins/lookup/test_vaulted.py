# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of our variables that are encrypted one by one, anywhere in them, in a playbook of its own."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import textwrap
import typing as t

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

CHECKOUT = pathlib.Path(__file__).resolve().parents[4]
VAULT_KEY = "of the vault"
GOOD = {
    "site": "brno",
    "user": "198.51.100.0/24",
    "ricoh": "203.0.113.0/27",
    "security": "secured",
    "ports": "50000-50049",
    "management": "192.0.2.64/28",
}
INVENTORY = """
all:
  hosts: {{safeq: {{ansible_host: 192.0.2.10}}}}
  children:
    safeq6_management: {{hosts: {{safeq: }}}}
    safeq6_terminal_server: {{hosts: {{safeq: }}}}
  vars:
    printops_site: !vault |
{site}
    printops_security: !vault |
{security}
    printops_ports:
      ftp_passive_ports: !vault |
{ports}
    printops_management:
      - !vault |
{management}
    the_ricohs: !vault |
{ricoh}
    printops_networks:
      user:
        - !vault |
{user}
      mfd_ricoh: {{brno: ["{{{{ the_ricohs }}}}"]}}
"""


def encrypted(text: str) -> str:
    vault = VaultLib([("default", VaultSecret(VAULT_KEY.encode()))])
    return textwrap.indent(vault.encrypt(text).decode(), " " * 12).rstrip()


def plan(folder: pathlib.Path, **changes: str) -> subprocess.CompletedProcess[str]:
    (folder / "hosts.yml").write_text(
        INVENTORY.format(**{name: encrypted(text) for name, text in {**GOOD, **changes}.items()}), encoding="utf-8"
    )
    (folder / "password").write_text(VAULT_KEY, encoding="utf-8")
    inventory, file = str(folder / "hosts.yml"), f"printops_plan_file={folder}/plan.json"
    return subprocess.run(
        ["ansible-playbook", "-i", inventory, "playbooks/plan.yml", "-e", file],
        cwd=CHECKOUT,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_VAULT_PASSWORD_FILE": str(folder / "password")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_encrypted_values_are_read_as_others_are(tmp_path: pathlib.Path) -> None:
    done = plan(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    part: dict[str, t.Any] = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))["hosts"]["safeq"]
    assert (part["site"], part["management"]) == ("brno", ["192.0.2.64/28"])
    remotes = {remote for rule in part["rules"] for remote in rule["remotes"]}
    assert remotes == {"198.51.100.0/24", "203.0.113.0/27"}
    assert {"80"}.isdisjoint(port for rule in part["rules"] if rule["direction"] == "in" for port in rule["ports"])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"security": "s3cr3t"}, "printops_security is (vaulted); it must be one of documented, secured"),
        ({"management": "10.98.7.6/24"}, "printops_management: (vaulted) has host bits set"),
        ({"ports": "5x0"}, "printops_ports.ftp_passive_ports is (vaulted)"),
        ({"user": "10.98.7.6/24"}, "(vaulted)"),
        ({"ricoh": "s3cr3t"}, "(vaulted)"),
        ({"ricoh": "s3cr3t, 10.98.7.0/24"}, "(vaulted)"),
    ],
)
def test_an_encrypted_value_is_not_in_the_message_about_it(
    changes: dict[str, str], told: str, tmp_path: pathlib.Path
) -> None:
    done = plan(tmp_path, **changes)
    said = " ".join((done.stdout + done.stderr).split()).replace("'", "")
    assert done.returncode != 0
    assert told in said
    assert not any(secret in said for text in changes.values() for secret in (text, text.split("/")[0], "10.98.7"))
