# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory sources of inventory_examples/awx: a CSV file, NetBox, and groups made of tags and sites."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import typing as t

import pytest

from .netbox import TOKEN, Server, netbox

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "inventory_examples" / "awx"
HEADER = "name,address,site,cluster,tags\n"
SERVERS = (
    Server("prg-sq-01", "10.30.0.11", "site-prague.1", ("print-server", "safeq6-management", "safeq6-terminal-server")),
    Server("brq-sq-01", "10.20.0.11", "site-brno", ("print-server", "safeq6-terminal-server")),
    Server("brq-sq-09", "10.20.0.19", "site-brno", ("print-server", "safeq6-terminal-server"), status="planned"),
    Server("brq-web-01", "10.20.0.80", "site-brno", ("web",)),
)


def read(inventory: pathlib.Path, place: pathlib.Path, **environment: str) -> tuple[str, dict[str, t.Any]]:
    """What Ansible said, and the inventory; empty where it was refused."""
    done = subprocess.run(
        ["ansible-inventory", "-i", str(inventory), "--list"],
        env={
            **os.environ,
            "ANSIBLE_LOCAL_TEMP": str(place / "local" / "tmp"),
            "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true",
            "ANSIBLE_NOCOLOR": "1",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    found: dict[str, t.Any] = json.loads(done.stdout, object_hook=from_elsewhere) if done.returncode == 0 else {}
    return " ".join(done.stderr.split()), found


def from_elsewhere(found: dict[str, t.Any]) -> t.Any:
    """The text itself of one that Ansible marks, because a source may not have it templated."""
    return found.get("__ansible_unsafe", found)


@pytest.fixture(name="example")
def example_fixture(tmp_path: pathlib.Path) -> pathlib.Path:
    return pathlib.Path(shutil.copytree(EXAMPLE, tmp_path / "example"))


def test_tags_of_any_writing_become_groups_of_components(example: pathlib.Path, tmp_path: pathlib.Path) -> None:
    said, read_in = read(example / "inventory", tmp_path)
    assert read_in["safeq6_management"]["hosts"] == ["prg-sq-01"], said
    assert sorted(read_in["safeq6_terminal_server"]["hosts"]) == ["brq-sq-01", "brq-sq-02", "prg-sq-01", "prg-sq-02"]
    assert read_in["site_prague_1"]["hosts"] == ["prg-sq-01", "prg-sq-02"]
    assert read_in["site_brno"]["hosts"] == ["brq-sq-01", "brq-sq-02"]
    assert read_in["_meta"]["hostvars"]["brq-sq-01"]["printops_site"] == "Site-Brno"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("name,address\n", "the columns are ['name', 'address']; they must be"),
        (f"{HEADER}one,10.0.0.1,brno\n", "line 2: there must be 5 cells"),
        (f"{HEADER}one,10.0.0.1,brno,,a,b\n", "line 2: there must be 5 cells"),
        (f"{HEADER}one,,brno,,a\n", "line 2: one has no name, no address, or is there already"),
        (f"{HEADER}one,10.0.0.1,brno,,a\none,10.0.0.2,brno,,a\n", "line 3: one has no name, no address, or is there"),
    ],
)
def test_a_line_that_is_no_server_is_an_error(
    example: pathlib.Path, tmp_path: pathlib.Path, text: str, wrong: str
) -> None:
    (example / "servers.csv").write_text(text, encoding="utf-8")
    said, read_in = read(example / "inventory", tmp_path)
    assert read_in == {}
    assert wrong in said


def test_a_server_without_a_site_is_an_error_and_no_smaller_group(
    example: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    (example / "servers.csv").write_text(f"{HEADER}one,10.0.0.1,,,SafeQ6-Management\n", encoding="utf-8")
    said, read_in = read(example / "inventory", tmp_path)
    assert read_in == {}
    assert "printops_site" in said


def test_netbox_gives_the_servers_that_have_the_tag(example: pathlib.Path, tmp_path: pathlib.Path) -> None:
    with netbox(SERVERS) as url:
        said, read_in = read(example / "netbox", tmp_path, NETBOX_API=url, NETBOX_TOKEN=TOKEN)
    hosts = read_in.get("_meta", {}).get("hostvars", {})
    assert sorted(hosts) == ["brq-sq-01", "prg-sq-01"], said
    assert hosts["prg-sq-01"]["ansible_host"] == "10.30.0.11"
    assert hosts["prg-sq-01"]["printops_addresses"] == ["10.30.0.11"]
    assert hosts["prg-sq-01"]["printops_site"] == "site-prague.1"
    assert read_in["safeq6_management"]["hosts"] == ["prg-sq-01"]
    assert sorted(read_in["safeq6_terminal_server"]["hosts"]) == ["brq-sq-01", "prg-sq-01"]
    assert read_in["site_prague_1"]["hosts"] == ["prg-sq-01"]


def test_a_netbox_that_refuses_is_an_error_and_no_empty_inventory(
    example: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    with netbox(SERVERS) as url:
        _said, read_in = read(example / "netbox", tmp_path, NETBOX_API=url, NETBOX_TOKEN=TOKEN[:-1])
    assert read_in == {}
