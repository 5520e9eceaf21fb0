# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every cell of every row is as the documents print it.

C(tests/golden/catalogs/*.tsv) was taken from the documents by other means than the catalogs were: the tables of
safeq6 and safeq5 by a parser of their text, that of lrs by hand. An edit of a cell has to be made in both places.
"""

from __future__ import annotations

import pathlib

import pytest
import yaml

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
ROWS = {"lrs": 44, "safeq5": 85, "safeq6": 184}


@pytest.mark.parametrize("name", ROWS)
def test_every_cell_is_as_printed(name: str) -> None:
    table = (CHECKOUT / "tests" / "golden" / "catalogs" / f"{name}.tsv").read_text(encoding="utf-8")
    header, *printed = [line.split("\t") for line in table.splitlines()]
    flows = yaml.safe_load((CHECKOUT / "plugins" / "catalogs" / f"{name}.yml").read_text(encoding="utf-8"))["flows"]
    assert [["id", *flow["as_printed"]] for flow in flows] == [header] * ROWS[name]
    assert [[flow["id"], *flow["as_printed"].values()] for flow in flows] == printed
