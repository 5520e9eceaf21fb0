# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the reader share."""

from __future__ import annotations

import functools

from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.load import find_catalog, load_catalog
from ansible_collections.printops.firewall.plugins.plugin_utils._reader.base import Base
from ansible_collections.printops.firewall.plugins.plugin_utils._reader.formats import read_document
from ansible_collections.printops.firewall.plugins.plugin_utils._reader.lines import Known
from ansible_collections.printops.firewall.plugins.plugin_utils._reader.model import Document

CATALOGS = ("safeq6", "safeq5", "lrs")


@functools.cache
def base_of(name: str) -> Base:
    """A shipped catalog to compare with."""
    return Base(load_catalog(find_catalog(name, base_folder=None)))


def read(text: str | bytes, *, known: Known | None = None) -> Document:
    """The rows of a document."""
    content = text.encode() if isinstance(text, str) else text
    return read_document(content, file="page", known=known or Known())


def cells(document: Document, *roles: str) -> list[tuple[str, ...]]:
    """Cells of all rows, by column."""
    return [tuple(row.cell(role) for role in roles) for row in document.rows]
