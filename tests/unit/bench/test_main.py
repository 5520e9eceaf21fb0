# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib

import pytest

main = importlib.import_module("ansible_collections.printops.firewall.tests.bench.__main__")


def test_names_are_those_that_others_rely_on() -> None:
    assert set(main.NAMES) == {
        "apply-firewalld-first",
        "apply-firewalld-unchanged",
        "apply-ufw-first",
        "apply-ufw-unchanged",
        "unchanged-firewalld-ping",
        "unchanged-ufw-ping",
        "compile-200x40",
        "compile-1000x40",
        "plan-10000",
        "lookup-1000",
        "catalog-2000",
        "report-10000",
        "apply-windows-20x300-calls",
        "apply-windows-20x300-own",
        "unchanged-windows-20x300-calls",
        "unchanged-windows-20x300-own",
    }
    assert len(set(main.NAMES)) == len(main.NAMES)


def test_all_names_and_five_runs_by_default() -> None:
    assert main.parse([]) == (main.NAMES, 5)
    assert main.parse(["lookup-1000", "--runs", "7"]) == (("lookup-1000",), 7)


@pytest.mark.parametrize("arguments", [["nonsense"], ["--runs", "4"], ["lookup-1000", "nonsense"]])
def test_unknown_names_and_too_few_runs_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.parse(arguments)
    assert ended.value.code == 2
    assert "nonsense" in capsys.readouterr().err or "--runs" in arguments
