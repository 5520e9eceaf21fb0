# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written is what YAML reads, whatever the texts are."""

from __future__ import annotations

import typing as t

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._reader.draft_file import WIDTH, draft_text
from ansible_collections.printops.firewall.plugins.plugin_utils._reader.words import tidy

TEXTS = st.text(max_size=200).map(tidy)
NAMES = st.text(min_size=1, max_size=12).map(tidy).filter(bool)
VALUES = st.recursive(
    TEXTS | st.none() | st.lists(TEXTS, max_size=4),
    lambda inner: (
        st.dictionaries(NAMES, inner, max_size=4)
        | st.lists(st.dictionaries(NAMES, inner, min_size=1, max_size=4), max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=5))
def test_yaml_reads_what_was_written(draft: dict[str, t.Any]) -> None:
    assert yaml.safe_load(draft_text(draft, comment=["by a test"])) == draft


@pytest.mark.parametrize(
    "text", ["yes", "NO", "null", "443", "1e3", "a: b", "- a", "#a", "'", '"', "", "x" * 300, "a b " * 80 + "c"]
)
def test_a_text_stays_a_text(text: str) -> None:
    assert yaml.safe_load(draft_text({"key": text, "list": [{"key": text}]}, comment=[])) == {
        "key": text,
        "list": [{"key": text}],
    }


def test_lines_are_short_where_words_are() -> None:
    lines = draft_text(
        {"because": "word " * 100 + "end", "flows": [{"because": "word " * 100 + "end"}]}, comment=[]
    ).splitlines()
    assert max(map(len, lines)) <= WIDTH
