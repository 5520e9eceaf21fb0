# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of a Linux host: what is in it, and that it runs where there is nothing else."""

from __future__ import annotations

import ast
import json
import pathlib
import subprocess
import sys
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import RenderError
from ansible_collections.printops.firewall.plugins.plugin_utils._render.folder import Update, folder_of, sums
from ansible_collections.printops.firewall.plugins.plugin_utils._render.host import render_host, request_of
from ansible_collections.printops.firewall.plugins.plugin_utils._render.model import File
from ansible_collections.printops.firewall.plugins.plugin_utils._render.sources import COLLECTION, needed_sources

PLAN = {
    "provider": "ufw",
    "addresses": ["192.0.2.1"],
    "egress": "allow",
    "components": ["safeq6_management"],
    "rules": [
        {
            "direction": "in",
            "protocol": "tcp",
            "ports": ["443", "5014-5019"],
            "remotes": ["10.1.0.0/24", "2001:db8::/64"],
            "flows": ["safeq6/management/1"],
        },
        {
            "direction": "out",
            "protocol": "icmp",
            "icmp_types": ["echo-request"],
            "remotes": ["10.1.0.0/24", "2001:db8::/64"],
            "flows": ["safeq6/management/2"],
        },
    ],
}
OPTIONS: dict[str, t.Any] = {
    "management": ["198.51.100.0/28"],
    "keep_connection": True,
    "foreign_rules": "report",
    "start": True,
    "profiles": ["any"],
    "default_inbound": "keep",
    "egress_extra": [],
    "egress_dns": ["192.0.2.53"],
    "egress_time": [],
}
IN_LINES = [
    "allow in tcp 22 from 198.51.100.0/28 [management-connection]",
    "allow in tcp 443,5014-5019 from 10.1.0.0/24 [safeq6/management/1]",
    "allow in tcp 443,5014-5019 from 2001:db8::/64 [safeq6/management/1]",
]
LINUX = ("firewalld", "ufw")


def rendered(provider: str = "ufw", **changes: t.Any) -> dict[str, File]:
    plan = {**PLAN, "provider": provider, **changes}
    return render_host(request_of("h", plan={**OPTIONS, **plan}))


def lines(files: dict[str, File]) -> list[str]:
    return files["rules.txt"].content.decode().splitlines()


@pytest.mark.parametrize("provider", LINUX)
def test_rules_are_told_as_the_module_tells_them(provider: str) -> None:
    assert lines(rendered(provider)) == IN_LINES


def test_an_enforced_egress_is_told() -> None:
    told = {provider: lines(rendered(provider, egress="enforce")) for provider in LINUX}
    for of_provider in told.values():
        assert [line for line in of_provider if " in " in line] == IN_LINES
        assert "allow out udp 53 to 192.0.2.53/32 [egress-dns]" in of_provider
        assert "drop out everything else to 0.0.0.0/0 [egress]" in of_provider
        assert "drop out everything else to ::/0 [egress]" in of_provider
        assert not [line for line in of_provider if "egress-time" in line]
        assert [line for line in of_provider if "echo-request to 10.1.0.0/24" in line]


@pytest.mark.parametrize("provider", LINUX)
def test_arguments_are_those_of_the_module(provider: str) -> None:
    text = rendered(provider)["rules.json"].content.decode()
    document = json.loads(text)
    of_linux = {name: value for name, value in OPTIONS.items() if name not in ("profiles", "default_inbound")}
    assert document["arguments"] == {"rules": PLAN["rules"], **of_linux, "egress": "allow"}
    assert {key: document[key] for key in ("host", "provider", "addresses")} == {
        "host": "h",
        "provider": provider,
        "addresses": PLAN["addresses"],
    }
    assert len([line for line in text.splitlines() if '"direction"' in line]) == len(PLAN["rules"])


@pytest.mark.parametrize("provider", LINUX)
def test_the_program_is_that_of_the_collection(provider: str) -> None:
    shipped = {
        name.removeprefix("lib/ansible_collections/printops/firewall/"): file.content
        for name, file in rendered(provider).items()
        if name.startswith("lib/ansible_collections/printops/firewall/")
    }
    assert f"plugins/modules/{provider}_rules.py" in shipped
    assert all((COLLECTION / name).read_bytes() == content for name, content in shipped.items())
    assert not [name for name in shipped if "plugin_utils" in name]


@pytest.mark.parametrize("provider", LINUX)
def test_it_runs_where_there_is_nothing_but_python(provider: str, tmp_path: pathlib.Path) -> None:
    Update.of(tmp_path, rendered(provider)).make()
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'lib')!r})\n"
        "import importlib, pathlib\n"
        "for file in sorted(pathlib.Path(sys.path[0]).rglob('*.py')):\n"
        "    parts = file.relative_to(sys.path[0]).with_suffix('').parts\n"
        "    importlib.import_module('.'.join(parts[:-1] if parts[-1] == '__init__' else parts))\n"
    )
    done = subprocess.run([sys.executable, "-ISB", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for command in ("apply", "confirm", "remove"):
        helped = subprocess.run([tmp_path / command, "--help"], capture_output=True, text=True, check=False)
        assert (helped.returncode, helped.stderr) == (0, "")
        assert f"usage: {command}" in helped.stdout
    assert not list(tmp_path.rglob("__pycache__"))


@pytest.mark.parametrize("provider", LINUX)
def test_every_file_is_python_3_8(provider: str) -> None:
    for name, file in rendered(provider).items():
        if name.endswith(".py") or file.executable:
            ast.parse(file.content, filename=name, feature_version=(3, 8))


def test_sources_that_are_not_needed_stay_away() -> None:
    paths = [pathlib.PurePath(name) for name in needed_sources("plugins.modules.ufw_rules")]
    packages = {path.parent.name: path.name for path in paths}
    assert {"_ufw", "_rules"} <= set(packages)
    assert "_firewalld" not in packages


@pytest.mark.parametrize("provider", ["auto", "none", None])
def test_a_firewall_that_nobody_knows_is_refused(provider: str | None) -> None:
    with pytest.raises(RenderError, match=r"host h: printops_provider is .* set it to one of firewalld, ufw"):
        rendered(t.cast("str", provider))


def test_management_that_is_none_is_refused() -> None:
    request = request_of("h", plan={**PLAN, **OPTIONS, "management": ["10.0.0.1/8"]})
    with pytest.raises(RenderError, match=r"host h: management: '10\.0\.0\.1/8' is no network"):
        render_host(request)


def test_the_same_plan_gives_the_same_bytes(tmp_path: pathlib.Path) -> None:
    first = Update.of(tmp_path, rendered())
    assert "SHA256SUMS" in first.written
    first.make()
    second = Update.of(tmp_path, rendered())
    assert (second.written, second.removed) == ([], [])
    done = subprocess.run(["sha256sum", "--strict", "--check", "SHA256SUMS"], cwd=tmp_path, check=False)
    assert done.returncode == 0
    everything = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert everything == {*rendered(), "SHA256SUMS"}


def test_another_firewall_leaves_nothing_of_the_first(tmp_path: pathlib.Path) -> None:
    Update.of(tmp_path, rendered("ufw")).make()
    (tmp_path / "signature.asc").write_text("of somebody")
    Update.of(tmp_path, rendered("firewalld")).make()
    everything = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert everything == {*rendered("firewalld"), "SHA256SUMS", "signature.asc"}


def test_files_that_somebody_changed_are_written_again(tmp_path: pathlib.Path) -> None:
    Update.of(tmp_path, rendered()).make()
    (tmp_path / "apply").chmod(0o644)
    (tmp_path / "rules.txt").write_text("allow everything")
    (tmp_path / "confirm").unlink()
    (tmp_path / "remove").unlink()
    (tmp_path / "remove").symlink_to("/etc/hostname")
    update = Update.of(tmp_path, rendered())
    assert update.written == ["apply", "confirm", "remove", "rules.txt"]
    update.make()
    assert Update.of(tmp_path, rendered()).written == []
    assert not (tmp_path / "remove").is_symlink()


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: pathlib.Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(RenderError, match="files that were not rendered"):
        Update.of(tmp_path, rendered())
    with pytest.raises(RenderError, match="is no folder"):
        Update.of(tmp_path / "thesis.txt", rendered())


@pytest.mark.parametrize("host", ["..", ".", "a/b", "a\\b"])
def test_a_host_whose_name_is_no_folder_is_refused(host: str) -> None:
    with pytest.raises(RenderError, match="cannot be that of a folder"):
        folder_of(host, base="/srv")


def test_a_relative_folder_is_refused() -> None:
    with pytest.raises(RenderError, match=r"printops_render_folder is 'here'; it must be an absolute path"):
        folder_of("h", base="here")


def test_sums_are_sorted() -> None:
    text = sums({"b": File.of("2"), "a/c": File.of("1")})
    assert [line.split("  ")[1] for line in text.splitlines()] == ["a/c", "b"]
