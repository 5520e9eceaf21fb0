# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The vendors' words, and texts in a form that broken words, look-alike letters and punctuation leave equal."""

from __future__ import annotations

import functools
import pathlib
import re
import typing as t
import unicodedata

from ansible_collections.printops.firewall.plugins.plugin_utils._base.yaml_file import read_yaml

VOCABULARY_FILE = pathlib.Path(__file__).resolve().parent / "vocabulary.yml"

_LOOK_ALIKES = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456",
    "ABEKMHOPCTYXIaeopcyxi",
)
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffe\uffff]"
)
_FOOTNOTE = re.compile(r"\[[0-9a-z]{1,2}\]|[\u00b9\u00b2\u00b3\u2070-\u2079\u2020\u2021]|(?<=[\w)])\*+")
_NO_LETTER = re.compile(r"[\W_]+")


def tidy(text: str) -> str:
    """The text of a cell as printed, on one line."""
    joined = " ".join(text.split())
    return joined if joined.isprintable() else " ".join(_INVISIBLE.sub("", text).split())


@functools.lru_cache(maxsize=1 << 16)
def plain(text: str) -> str:
    """One line in Latin letters, with one kind of dash and without marks of footnotes."""
    if text.isascii() and text.isprintable():
        return " ".join((_FOOTNOTE.sub("", text) if "[" in text or "*" in text else text).split())
    without = _FOOTNOTE.sub("", _INVISIBLE.sub("", text))
    folded = unicodedata.normalize("NFKC", without).translate(_LOOK_ALIKES).translate(_DASHES)
    return " ".join(folded.split())


@functools.lru_cache(maxsize=1 << 16)
def squeeze(text: str) -> str:
    """What two prints of the same cell have in common: no case, no blanks, one kind of dash, no footnotes."""
    return plain(text).casefold().replace(" ", "")


@functools.lru_cache(maxsize=1 << 16)
def letters(text: str) -> str:
    """Letters and digits only."""
    return _NO_LETTER.sub("", squeeze(text))


@functools.lru_cache(maxsize=1)
def vocabulary() -> t.Mapping[str, t.Any]:
    """What C(vocabulary.yml) holds."""
    return t.cast("dict[str, t.Any]", read_yaml(VOCABULARY_FILE)[1])


@functools.lru_cache(maxsize=1)
def _column_words() -> dict[str, str]:
    return {letters(word): role for role, words in vocabulary()["columns"].items() for word in words}


@functools.lru_cache(maxsize=1)
def _other_columns() -> frozenset[str]:
    return frozenset(map(letters, vocabulary()["other_columns"]))


@functools.lru_cache(maxsize=4096)
def column_roles(header: str) -> tuple[str, ...]:
    """The columns that a cell of a header names: one, several where headers ran into each other, or none."""
    known = _column_words()
    found = letters(header)
    if found in known:
        return (known[found],)
    several = _split(found)
    if len(several) > 2:
        return several
    longest = max((word for word in known if len(word) > 6 and found.startswith(word)), key=len, default="")
    return (known[longest],) if longest else ()


def _split(text: str) -> tuple[str, ...]:
    """Words of which the text consists without a rest; the longest at each step."""
    known, roles = _column_words(), []
    while text:
        word = next((text[:length] for length in range(len(text), 1, -1) if text[:length] in known), None)
        if word is None:
            return ()
        roles.append(known[word])
        text = text[len(word) :]
    return tuple(roles)


def names_a_column(header: str) -> bool:
    """Whether a cell of a header is just the name of a column, or of several."""
    return letters(header) in _column_words() or len(column_roles(header)) > 1


def is_other_column(header: str) -> bool:
    """Whether it is the header of a column in tables that tell no ports."""
    return letters(header) in _other_columns()


@functools.lru_cache(maxsize=8)
def word_list(name: str) -> frozenset[str]:
    """A list of the vocabulary, squeezed."""
    return frozenset(map(squeeze, vocabulary()[name]))


@functools.lru_cache(maxsize=4096)
def is_requirement(text: str) -> bool:
    """Whether a text begins by saying how much a row is required."""
    return squeeze(text).startswith(tuple(word_list("requirement")))
