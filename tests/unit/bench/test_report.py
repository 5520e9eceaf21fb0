# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import pathlib

import pytest

from ansible_collections.printops.firewall.tests.bench import measure, report
from ansible_collections.printops.firewall.tests.bench.measure import BenchError, Comparison

FIVE = Comparison("apply", "loop", ours=(0.5, 9.0, 0.4, 0.6, 0.1), rivals=(50.0, 60.0, 1.0, 40.0, 45.0))


def test_medians_are_of_each_side_and_the_ratio_is_rival_divided_by_ours() -> None:
    assert (FIVE.ours_s, FIVE.rival_s, FIVE.ratio, FIVE.runs) == (0.5, 45.0, 90.0, 5)


@pytest.mark.parametrize(("ours", "rivals"), [((), ()), ((1.0,), ()), ((1.0,), (1.0, 2.0))])
def test_both_sides_must_have_run_equally_often(ours: tuple[float, ...], rivals: tuple[float, ...]) -> None:
    with pytest.raises(BenchError, match="runs of ours"):
        Comparison("apply", "loop", ours=ours, rivals=rivals)


def test_sides_take_turns() -> None:
    order: list[str] = []

    def side(name: str) -> float:
        order.append(name)
        return float(len(order))

    done = measure.alternate("x", rival="r", runs=3, ours=lambda: side("ours"), rivals=lambda: side("rival"))
    assert order == ["ours", "rival"] * 3
    assert (done.ours, done.rivals) == ((1.0, 3.0, 5.0), (2.0, 4.0, 6.0))


def test_table_has_aligned_columns_and_the_spread() -> None:
    head, rule, row, blank, title, spread = report.table([FIVE]).splitlines()
    assert head.split() == ["name", "ours", "s", "rival", "rival", "s", "ratio", "runs"]
    assert len(head) == len(rule) == len(row)
    assert row.split() == ["apply", "0.500", "loop", "45.000", "90.00", "5"]
    assert (blank, title) == ("", "fastest to slowest:")
    assert spread == "  apply: ours 0.100 to 9.000 s, loop 1.000 to 60.000 s"


def test_file_has_exactly_the_keys_agreed_on(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "build" / "bench.json"
    report.write([FIVE], path=path)
    assert json.loads(path.read_text()) == [
        {"name": "apply", "ours_s": 0.5, "rival": "loop", "rival_s": 45.0, "ratio": 90.0, "runs": 5}
    ]


def test_fewer_than_five_runs_are_not_written(tmp_path: pathlib.Path) -> None:
    four = Comparison("apply", "loop", ours=FIVE.ours[:4], rivals=FIVE.rivals[:4])
    with pytest.raises(BenchError, match="fewer than 5 runs: apply"):
        report.write([FIVE, four], path=tmp_path / "bench.json")
    assert not list(tmp_path.iterdir())
