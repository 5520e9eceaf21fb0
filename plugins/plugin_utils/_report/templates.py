# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The templates of the page, and the library that it has with it."""

from __future__ import annotations

import functools
import json
import pathlib
import typing as t

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

FOLDER = pathlib.Path(__file__).parent / "web"


@functools.cache
def environment() -> Environment:
    """Templates that escape whatever they are given."""
    return Environment(loader=FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True, keep_trailing_newline=True)


def vendored() -> dict[str, t.Any]:
    """Which library the page has, with digests."""
    return t.cast("dict[str, t.Any]", json.loads((FOLDER / "vendored.json").read_text(encoding="utf-8")))


def own(name: str) -> Markup:
    """A file of ours or of the library, as it is; its map, which no page needs, is left out."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return Markup("\n".join(line for line in lines if "sourceMappingURL=" not in line))  # noqa: S704
