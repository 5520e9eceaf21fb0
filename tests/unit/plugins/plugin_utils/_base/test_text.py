# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that fits a terminal."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import WIDTH, count, few, paragraph, table

words = st.text(alphabet="abc", min_size=1, max_size=12)


@given(st.lists(st.tuples(words, st.lists(words, min_size=1, max_size=40).map(" ".join)), max_size=5))
def test_a_table_loses_no_word_and_keeps_to_the_width(rows: list[tuple[str, str]]) -> None:
    lines = table(("NAME", "TEXT"), rows)
    assert " ".join(lines).split() == [
        "NAME",
        "TEXT",
        *itertools.chain.from_iterable((n, *text.split()) for n, text in rows),
    ]
    assert all(len(line) <= WIDTH and line == line.rstrip() for line in lines)


def test_columns_are_aligned() -> None:
    assert table(("A", "LONGER", "C"), [("long name", "b", "c"), ("x", "", "")]) == [
        "A          LONGER  C",
        "long name  b       c",
        "x",
    ]


@given(st.lists(words, max_size=60))
def test_a_paragraph_keeps_its_words_and_its_indent(texts: list[str]) -> None:
    lines = paragraph(" ".join(texts), indent="    ")
    assert " ".join(lines).split() == texts
    assert all(line.startswith("    ") and len(line) <= WIDTH for line in lines)


@pytest.mark.parametrize(
    ("names", "most", "text"),
    [([], 2, ""), (["a", "b"], 2, "a, b"), (["a", "b", "c", "d"], 2, "a, b and 2 more")],
)
def test_few(names: list[str], most: int, text: str) -> None:
    assert few(names, most=most) == text


def test_count() -> None:
    assert [count(number, "host") for number in (0, 1, 2)] == ["0 hosts", "1 host", "2 hosts"]
