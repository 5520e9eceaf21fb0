# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Decisions in a file of their own, which C(plan) writes its questions into: they hold for every host."""

from __future__ import annotations

import functools
import pathlib
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import (
    CatalogError,
    DecisionError,
    Mistakes,
    closest,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import is_blank, mapping, text_list
from ansible_collections.printops.firewall.plugins.plugin_utils._base.yaml_file import read_yaml

VARIABLE = "printops_decisions_file"
MAPPINGS = ("printops_features", "printops_ports")
LISTS = ("printops_accept", "printops_refuse")

Variables = t.Mapping[str, t.Any]


class Check(t.Protocol):
    """Checks the answers of a file."""

    def __call__(self, answers: Variables, *, place: str) -> None:
        """Raises C(DecisionError) that begins with the place for each answer that is none."""


def with_decisions_file(variables: Variables, *, host: str, check: Check | None = None) -> Variables:
    """A host's variables with what the file has that C(printops_decisions_file) names; blank or no value: none.

    What the inventory says of a feature or a port wins over the file. Raises C(DecisionError) that names the file.
    """
    given = variables.get(VARIABLE)
    if is_blank(given):
        return variables
    if not isinstance(given, str):
        raise DecisionError(f"host {host}: {VARIABLE} is {given!r}; it must be a path")
    path = str(pathlib.Path(given).absolute())
    answers = read_decisions_file(path)
    if check:
        check(answers, place=f"{path}: printops_")
    return {**variables, **_together(variables, answers, host=host)}


def _together(variables: Variables, answers: Variables, *, host: str) -> Variables:
    both: dict[str, t.Any] = {}
    for name, value in answers.items():
        own = variables.get(name)
        if own is None or own == {}:
            both[name] = value
        elif name in MAPPINGS and isinstance(own, t.Mapping):
            both[name] = {**value, **own}
        elif name in LISTS:
            place = f"host {host}: {name}"
            both[name] = list(dict.fromkeys([*value, *text_list(own, place=place, error=DecisionError)]))
    return both


@functools.lru_cache(maxsize=8)
def _parsed(path: str, _changed_ns: int) -> dict[str, t.Any]:
    try:
        _text, raw = read_yaml(pathlib.Path(path))
    except CatalogError as error:
        raise DecisionError(f"{VARIABLE}: {error}") from error
    answers = mapping({} if raw is None else raw, place=path, error=DecisionError)
    known = (*MAPPINGS, *LISTS)
    found: dict[str, t.Any] = {}
    mistakes = Mistakes()
    for name, value in answers.items():
        place = f"{path}: {name}"
        with mistakes:
            if name not in known:
                raise DecisionError(f"{place}: there is no such key; {closest(name, known)}")
            if value is not None and name in LISTS:
                found[name] = text_list(value, place=place, error=DecisionError)
            elif value is not None:
                entries = mapping(value, place=place, error=DecisionError)
                found[name] = {key: answer for key, answer in entries.items() if answer is not None}
    mistakes.tell()
    return found


def read_decisions_file(path: str) -> dict[str, t.Any]:
    """The answers by variable; raises C(DecisionError) for a file that is missing, no YAML, or has another key."""
    try:
        changed_ns = pathlib.Path(path).stat().st_mtime_ns
    except OSError as error:
        raise DecisionError(
            f"{VARIABLE} is {path}: {error.strerror}; -e {VARIABLE}=PATH of the playbook plan writes one"
        ) from error
    return _parsed(path, changed_ns)
