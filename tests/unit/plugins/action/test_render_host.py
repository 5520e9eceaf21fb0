# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook that renders, as a person runs it."""

from __future__ import annotations

import itertools
import json
import os
import pathlib
import re
import subprocess

import ansible.constants
import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[4]
INVENTORY = """
all:
  hosts:
    one: {ansible_host: 192.0.2.10, printops_provider: PROVIDER, printops_management: [198.51.100.0/28]}
    device: {ansible_host: 192.0.2.99}
    nobody: {ansible_host: 192.0.2.98}
  children:
    safeq6_management: {hosts: {one: }}
    safeq6_mfd_ricoh: {hosts: {device: }}
  vars:
    printops_networks: {user: [198.51.100.128/25]}
"""


def run(folder: pathlib.Path, *options: str, provider: str = "ufw") -> subprocess.CompletedProcess[str]:
    inventory = folder / "hosts.yml"
    inventory.write_text(INVENTORY.replace("PROVIDER", provider), encoding="utf-8")
    return subprocess.run(
        ["ansible-playbook", "-i", str(inventory), "playbooks/render.yml", *options],
        cwd=CHECKOUT,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def said(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join((done.stdout + done.stderr).split())


def test_hosts_with_a_firewall_get_a_folder_and_no_other(tmp_path: pathlib.Path) -> None:
    there = tmp_path / "out"
    where = ("-e", f"printops_render_folder={there}")
    foreseen = run(tmp_path, *where, "--check", "--diff")
    assert foreseen.returncode == 0, said(foreseen)
    assert "+allow in tcp 22 from 198.51.100.0/28 [management-connection]" in foreseen.stdout
    assert not there.exists()

    done = run(tmp_path, *where)
    assert done.returncode == 0, said(done)
    assert [path.name for path in there.iterdir()] == ["one"]
    rules = (there / "one" / "rules.txt").read_text().splitlines()
    assert f"{there}/one: ufw, {len(rules)} lines, changed" in done.stdout
    again = run(tmp_path, *where)
    assert f"{there}/one: ufw, {len(rules)} lines, no change" in again.stdout


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ((), {"start": False, "profiles": ["domain", "private", "public"], "default_inbound": "keep"}),
        (
            (
                "-e",
                '{"printops_start": true, "printops_profiles": ["domain"]}',
                "-e",
                "printops_default_inbound=block",
            ),
            {"start": True, "profiles": ["domain"], "default_inbound": "block"},
        ),
    ],
)
def test_profiles_of_windows_are_touched_only_if_asked(
    tmp_path: pathlib.Path, options: tuple[str, ...], wanted: dict[str, object]
) -> None:
    done = run(tmp_path, "-e", f"printops_render_folder={tmp_path}/out", *options, provider="windows_defender")
    assert done.returncode == 0, said(done)
    document = json.loads((tmp_path / "out" / "one" / "rules.jsonl").read_text().splitlines()[0])
    assert {key: document[key] for key in wanted} == wanted


@pytest.mark.parametrize(
    ("options", "provider", "message"),
    [
        ((), "ufw", "Say where the files go: -e printops_render_folder=/ABSOLUTE/PATH, not nothing."),
        (("-e", "printops_render_folder=out"), "ufw", "-e printops_render_folder=/ABSOLUTE/PATH, not out."),
        (("-e", "printops_render_folder=OUT"), "auto", "printops_provider of one is auto"),
    ],
)
def test_what_is_missing_is_said(tmp_path: pathlib.Path, options: tuple[str, ...], provider: str, message: str) -> None:
    there = tmp_path / "out"
    done = run(tmp_path, *(word.replace("OUT", str(there)) for word in options), provider=provider)
    assert done.returncode != 0
    assert message in said(done)
    assert not there.exists()


VAULTED = """!vault |
  $ANSIBLE_VAULT;1.1;AES256
  62313365396662343061393464336163383764373764613633653634306231386433626436623361
  6134333665353966363534333632666535333761666131620a663537646436643839616531643561
  63396265333963386166373363626539326166353965363262633030333630313338646335303630
  3438626666666137650a353638643435666666633964366338633066623234616432373231333331
  6564
"""


OF_PLUGINS = (
    "ansible_admin_users", "ansible_async_dir", "ansible_common_remote_group", "ansible_remote_tmp",
    "ansible_shell_allow_world_readable_temp", "ansible_system_tmpdirs", "ansible_local_become_strip_preamble",
    "ansible_local_become_success_timeout", "ansible_python_interpreter", "ansible_winrm_transport",
    "ansible_psrp_auth",
)  # fmt: skip
CONNECTION = sorted({*itertools.chain(*ansible.constants.MAGIC_VARIABLE_MAPPING.values()), *OF_PLUGINS})
"""All that Ansible may read of a host before it runs anything, and what the connection of this play and others read."""


@pytest.mark.parametrize("provider", ["ufw", "windows_defender"])
def test_what_a_connection_would_need_may_be_vaulted(tmp_path: pathlib.Path, provider: str) -> None:
    """Of the host itself, of others, of all and of localhost; nobody gives the secret."""
    text = "".join(f"{name}: {VAULTED}" for name in CONNECTION if name != "ansible_host")
    for place in ("host_vars/one", "host_vars/device", "host_vars/localhost", "group_vars/all"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / f"{place}.yml").write_text(text)
    done = run(tmp_path, "-e", f"printops_render_folder={tmp_path}/out", provider=provider)
    assert done.returncode == 0, said(done)
    assert (tmp_path / "out/one/rules.txt").exists()


def test_the_difference_of_a_folder_for_windows_is_what_changed(tmp_path: pathlib.Path) -> None:
    where = ("-e", f"printops_render_folder={tmp_path / 'out'}")
    assert run(tmp_path, *where, provider="windows_defender").returncode == 0
    more = json.dumps({"printops_networks": {"user": ["198.51.100.128/25", "203.0.113.0/24"]}})
    changed = run(tmp_path, *where, "--diff", "-e", more, provider="windows_defender")
    assert changed.returncode == 0, said(changed)
    lines = [line for line in changed.stdout.splitlines() if re.match("[+-](?!--|[+][+])", line)]
    assert lines
    assert all(line.startswith("+") and "203.0.113.0/24" in line for line in lines)
