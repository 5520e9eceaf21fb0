# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each host of the example inventories, as a folder for Windows: applied, applied again, and removed."""

from __future__ import annotations

import json

import pytest

from .host import CHECKOUT, Host, rule
from .rendered import OPTIONS, Folder, changes

pytestmark = pytest.mark.pwsh

PLANS = {
    path.stem: json.loads(path.read_text()) for path in sorted((CHECKOUT / "tests" / "golden" / "plans").glob("*.json"))
}
HOSTS = [(plan, name) for plan, document in PLANS.items() for name in document["hosts"]]
FOREIGN = [rule("theirs", grouping="", local_ports="8443")]


@pytest.mark.parametrize(("plan", "name"), HOSTS, ids=["-".join(one) for one in HOSTS])
def test_a_folder_of_an_example_host(host: Host, plan: str, name: str) -> None:
    one = PLANS[plan]["hosts"][name]
    host.put(rules=FOREIGN)
    folder = Folder(host, *one["rules"], **{key: one[key] for key in OPTIONS if key in one})
    lines = (folder.path / "rules.txt").read_text().splitlines()
    assert lines or not [asked for asked in one["rules"] if asked["direction"] == "in"]
    assert changes(folder.kept("apply")) == [f"+{line}" for line in lines]
    assert host.names() == folder.names
    assert folder.kept("apply").splitlines() == ["Nothing to change."]
    folder.kept("remove")
    assert host.data()["rules"] == FOREIGN
