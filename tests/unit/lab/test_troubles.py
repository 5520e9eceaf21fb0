# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of troubles has the table that the lab tries."""

from __future__ import annotations

import os
import pathlib

from ansible_collections.printops.firewall.tests.lab.probes.troubles import KNOCKS, PLANNED, Knock, in_words, table

PAGE = pathlib.Path(__file__).parents[3] / "docs" / "troubles.md"
BEGIN, END = "<!-- tried -->\n", "\n<!-- end -->"


def test_the_page_has_the_table_that_is_tried() -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, _begin, rest = text.partition(BEGIN)
    made = before + BEGIN + table() + END + rest.partition(END)[2]
    if os.environ.get("PRINTOPS_UPDATE_GOLDEN"):
        PAGE.write_text(made, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == made


def test_packets_in_words() -> None:
    def of(*, port: int, source: str, change: str) -> set[Knock]:
        return set(PLANNED) ^ {(port, source)} if change else set(PLANNED)

    every, ipv6 = set(KNOCKS), {knock for knock in KNOCKS if ":" in knock[1]}
    assert in_words(set(PLANNED)) == "as planned"
    assert (in_words(every), in_words(set())) == ("open", "shut")
    assert in_words(set(PLANNED) | ipv6) == "open over IPv6"
    assert in_words(set(PLANNED) - ipv6) == "shut over IPv6"
    assert in_words(of(port=9100, source="198.18.21.20", change="lost")) == "198.18.21.20 does not reach 9100"
    assert in_words(of(port=8081, source="198.18.31.10", change="gained")) == "198.18.31.10 reaches 8081"
