# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What overrules at boot that a firewall is enabled."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._host.boot import overruled

DROP_IN = "etc/systemd/system/ufw.service.d/site.conf"


def said(root: pathlib.Path, *, files: t.Mapping[str, str], enabled: t.Collection[str], preset: str) -> list[str]:
    for name, text in {"etc/machine-id": "8c0d\n", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")

    def run(command: list[str]) -> tuple[int, str, str]:
        if command[1] == "show":
            return 0, f"DropInPaths=/{DROP_IN}\nUnitFilePreset={preset}\n", ""
        name = command[-1].removesuffix(".service")
        return (0, "enabled\n", "") if name in enabled else (1, "disabled\n", "")

    return overruled(run, provider="ufw", root=root)


@pytest.mark.parametrize(
    ("files", "enabled", "preset", "told"),
    [
        ({}, ["ufw"], "enabled", ""),
        ({DROP_IN: "[Service]\nNice=5\n"}, [], "enabled", ""),
        ({}, [], "disabled", ""),
        ({DROP_IN: "[Unit]\nConditionPathExists=/x\n"}, [], "", "how ufw starts at boot: ConditionPathExists=/x"),
        ({DROP_IN: "[Service]\nExecStart=\nExecStart=/bin/true\n"}, [], "", "boot: ExecStart=; ExecStart=/bin/true"),
        ({"etc/machine-id": "uninitialized\n"}, [], "disabled", "its presets disable ufw then"),
        ({"proc/cmdline": "quiet systemd.mask=ufw.service ro\n"}, [], "", "command line masks ufw at boot"),
        ({}, ["nftables"], "", "nftables is enabled at boot too"),
        ({}, ["firewalld"], "", "firewalld is enabled at boot too"),
    ],
)
def test_what_overrules_is_told(
    tmp_path: pathlib.Path, files: dict[str, str], enabled: list[str], preset: str, told: str
) -> None:
    found = said(tmp_path, files=files, enabled=enabled, preset=preset)
    assert [told in sentence for sentence in found] == ([True] if told else [])
