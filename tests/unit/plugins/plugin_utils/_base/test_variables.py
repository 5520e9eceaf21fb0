# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes that all readers of variables check."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import EstateError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import (
    VARIABLES,
    check_known,
    choice,
    mapping,
    text_list,
    truth,
)


def test_variables_of_other_collections_are_none_of_ours() -> None:
    check_known(["ansible_host", "printer_site", *VARIABLES], host="h", error=EstateError)
    with pytest.raises(EstateError, match="host h: there is no variable printops_sites; did you mean 'printops_site'"):
        check_known(["printops_sites"], host="h", error=EstateError)


@pytest.mark.parametrize("value", [None, "a", 1, {"a": 1}, [1], ["a", None], {"a"}])
def test_a_list_of_strings_is_nothing_else(value: object) -> None:
    with pytest.raises(EstateError, match=r"here (is .*|has no value); it must be a list of strings"):
        text_list(value, place="here", error=EstateError)


@pytest.mark.parametrize("value", [None, "a", 1, ["a"], {1: "a"}, {None: 1}, {("a",): 1}])
def test_a_mapping_has_names_for_keys(value: object) -> None:
    with pytest.raises(EstateError, match=r"here (is .*|has no value); it must be a mapping"):
        mapping(value, place="here", error=EstateError)


@pytest.mark.parametrize("value", [None, "c", 1, ["a"], {}, True])
def test_a_choice_is_one_of_those_named(value: object) -> None:
    with pytest.raises(EstateError, match=r"here is .*; it must be one of a, b"):
        choice(value, ("a", "b"), place="here", error=EstateError)


@pytest.mark.parametrize(
    ("value", "meaning"), [(True, True), ("yes", True), ("false", False), (0, False), ("No", False)]
)
def test_a_truth_in_the_spellings_of_ansible(value: object, meaning: bool) -> None:
    assert truth(value, place="here", error=EstateError) is meaning


@pytest.mark.parametrize("value", [None, "", "perhaps", 2, [], {}])
def test_what_is_no_truth_is_refused(value: t.Any) -> None:
    with pytest.raises(EstateError, match=r"here is .*; it must be true or false"):
        truth(value, place="here", error=EstateError)
