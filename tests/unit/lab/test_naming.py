# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.printops.firewall.tests.lab.commands import LabError
from ansible_collections.printops.firewall.tests.lab.naming import LabNames, names_of_this_lab

CHECKOUT = Path("/src/checkout")


def names(*, checkout: Path = CHECKOUT, instance: str = "default") -> LabNames:
    return LabNames(checkout=checkout, instance=instance)


def test_names_are_the_same_at_every_run() -> None:
    assert names() == names()
    assert names().key == "7e1e486b"


def test_no_name_is_shared_with_another_instance_or_checkout() -> None:
    labs = [names(), names(instance="other"), names(checkout=Path("/src/second"))]
    assert len({lab.namespace for lab in labs}) == len(labs)
    assert len({lab.state for lab in labs}) == len(labs)
    assert len({lab.connections for lab in labs}) == len(labs)
    assert len({lab.machine(host="site1") for lab in labs}) == len(labs)


def test_lock_survives_the_removal_of_the_state_folder() -> None:
    assert names().state not in names().lock.parents


@pytest.mark.parametrize("instance", ["", "a/b", "..", "Upper", "-x", "x" * 33])
def test_instance_that_is_no_plain_name_is_refused(instance: str) -> None:
    with pytest.raises(LabError, match="instance name"):
        names(instance=instance)


def test_instance_comes_from_the_option_then_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PRINTOPS_LAB_INSTANCE", raising=False)
    assert names_of_this_lab(instance=None).instance == "default"
    monkeypatch.setenv("PRINTOPS_LAB_INSTANCE", "from-environment")
    assert names_of_this_lab(instance=None).instance == "from-environment"
    assert names_of_this_lab(instance="from-option").instance == "from-option"
