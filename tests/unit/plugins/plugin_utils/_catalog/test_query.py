# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries over flows."""

from __future__ import annotations

import sys
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import CatalogError
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.query import query_flows
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.schema import validator_of


def test_without_names_and_query_every_flow_of_every_catalog() -> None:
    assert len(query_flows([], expression="[*]", base_folder=None)) == 44 + 85 + 184


def test_a_query_filters_and_shapes() -> None:
    expression = "[?contains(client, 'payment_machine') && contains(server, 'management')].id"
    assert query_flows(["safeq6"], expression=expression, base_folder=None) == [
        "safeq6/management/4",
        "safeq6/management/5",
    ]


def test_one_value_comes_as_a_list_of_one() -> None:
    assert query_flows(["lrs"], expression="length(@)", base_folder=None) == [44]


def test_a_wrong_query_and_an_unknown_catalog_are_errors() -> None:
    with pytest.raises(CatalogError, match="no JMESPath expression"):
        query_flows(["lrs"], expression="[?", base_folder=None)
    with pytest.raises(CatalogError, match=r"'lsr'.*did you mean 'lrs'"):
        query_flows(["lsr"], expression="[*]", base_folder=None)


@pytest.mark.parametrize(
    ("library", "use"),
    [
        ("jmespath", lambda: query_flows(["lrs"], expression="[*]", base_folder=None)),
        ("jsonschema", lambda: validator_of({})),
    ],
)
def test_a_controller_without_a_library_is_told_which(
    library: str, use: t.Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(CatalogError, match=f"the Python package {library}"):
        use()


@pytest.mark.parametrize("name", [7, None, ["lrs"]])
def test_a_catalog_that_is_no_name_is_an_error(name: object) -> None:
    with pytest.raises(CatalogError, match=r"7|None|lrs"):
        query_flows([name], expression="[*]", base_folder=None)  # type: ignore[list-item]
