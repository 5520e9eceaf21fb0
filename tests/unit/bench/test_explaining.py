# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest

from ansible_collections.printops.firewall.tests.bench import explaining, model
from ansible_collections.printops.firewall.tests.bench.measure import BenchError

HOSTS = 4


def test_questions_are_the_same_each_time_and_of_both_sorts() -> None:
    asked = explaining.questions(HOSTS, 40)
    assert asked == explaining.questions(HOSTS, 40)
    verdicts = [one in model.allows(HOSTS) for one in asked]
    assert len(verdicts) == 40
    assert 20 <= sum(verdicts) < 40


@pytest.mark.parametrize("side", explaining.SIDES)
def test_each_side_answers_as_the_model_says(side: str) -> None:
    assert explaining.milliseconds(side, hosts=HOSTS, count=20) > 0


def test_a_wrong_answer_is_no_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(explaining.SIDES, "ours", lambda _hosts: lambda _question: True)
    with pytest.raises(BenchError, match="ours does not answer as the model says"):
        explaining.milliseconds("ours", hosts=HOSTS, count=20)


def test_the_line_has_both_sides_and_their_ratio() -> None:
    line = explaining.compare(hosts=HOSTS, count=10)
    numbers = [float(number) for number in re.findall(r"[0-9]+\.[0-9]+", line)]
    assert len(numbers) == 4
    assert numbers[3] == pytest.approx(numbers[2] / numbers[0], rel=0.1)
