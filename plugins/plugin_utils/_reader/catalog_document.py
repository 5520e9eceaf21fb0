# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The whole way from a vendor's document to what it changes and to a draft, on one screen."""

from __future__ import annotations

import hashlib
import json
import pathlib
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import CatalogError, DocumentError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import count, paragraph
from ansible_collections.printops.firewall.plugins.plugin_utils._base.yaml_file import read_yaml
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.load import (
    CATALOG_FORMAT,
    build_catalog,
    find_catalog,
    load_catalogs,
    shipped_catalogs,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog

from .base import Base
from .changes import Comparison, compare
from .draft import Release, catalog_draft, overlay_draft, slug_of
from .draft_file import draft_text
from .formats import read_document, read_file
from .lines import Known
from .model import Document
from .report import as_data, as_markdown, as_text, counts

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Asked:
    """What the operator asks for; C(base) names a catalog and overlays over it, or nothing."""

    document: str
    base: tuple[str, ...]
    name: str
    product: str
    release: Release
    folder: str


@dataclass(frozen=True)
class Answer:
    """Counts by status, and the texts, each made when it is asked for.

    C(text) is for a terminal, C(markdown) for a ticket, C(json) the data and C(draft) the YAML that a file gets.
    """

    counts: t.Mapping[str, int]
    text: t.Callable[[], str]
    markdown: t.Callable[[], str]
    json: t.Callable[[], str]
    draft: t.Callable[[], str]


def ask(
    *, document: str, base: t.Sequence[str], name: str, product: str, revision: str, title: str, date: str, folder: str
) -> Asked:
    """Check what is asked; raises C(DocumentError) with the argument, what was given and what would be right."""
    if not base and not product:
        raise DocumentError(
            "name the catalog to compare with (base: safeq6, say), or for a product that has none its name and its "
            "product (name: otherprint, product: OtherPrint 3)"
        )
    chosen = name or (
        f"{slug_of(pathlib.Path(base[0]).stem, separator='_')}_{slug_of(revision, separator='_')}"
        if base and revision
        else ""
    )
    chosen = chosen or slug_of(product or pathlib.Path(document).stem, separator="_")
    if not _NAME.fullmatch(chosen):
        raise DocumentError(
            f"name is {chosen!r}; it must begin with a small letter and have small letters, digits and _"
        )
    sha256 = hashlib.sha256(read_file(pathlib.Path(document))).hexdigest()
    release = Release(revision or pathlib.Path(document).name, sha256, title, date)
    return Asked(document, tuple(base), chosen, product, release, folder)


def answer(asked: Asked) -> Answer:
    """Read, compare and draft; raises C(DocumentError) or C(CatalogError)."""
    content = read_file(pathlib.Path(asked.document))
    if not asked.base:
        return _without_catalog(asked, read_document(content, file=asked.document, known=Known()))
    catalog, shipped = _catalogs(asked)
    base = Base(catalog)
    comparison = compare(base, read_document(content, file=asked.document, known=base.known))
    draft = overlay_draft(comparison, shipped=shipped, name=asked.name, release=asked.release)
    file = pathlib.Path(asked.document).name
    return Answer(
        counts(comparison),
        text=lambda: "\n\n".join(filter(None, (as_text(comparison, file=file), _hint(comparison)))),
        markdown=lambda: as_markdown(comparison, file=file),
        json=lambda: _json(as_data(comparison, document={"file": file, **asked.release.as_raw()})),
        draft=lambda: draft_text(draft, comment=_comment(asked, counts(comparison))),
    )


def _json(data: t.Mapping[str, t.Any]) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _catalogs(asked: Asked) -> tuple[Catalog, Catalog]:
    """The catalog with the overlays, and without them."""
    try:
        paths = [find_catalog(name, base_folder=asked.folder) for name in asked.base]
    except CatalogError as error:
        raise DocumentError(str(error).replace("printops_catalogs", "base", 1)) from error
    found = load_catalogs(paths)
    if len(found) != 1:
        raise DocumentError(
            f"base names {len(found)} catalogs ({', '.join(one.name for one in found) or 'overlays only'}); "
            "give one, and overlays over it"
        )
    alone = [path for path in paths if read_yaml(path)[1]["format"] == CATALOG_FORMAT] if len(paths) > 1 else paths
    return found[0], load_catalogs(alone)[0] if len(paths) > 1 else found[0]


def _without_catalog(asked: Asked, document: Document) -> Answer:
    draft = catalog_draft(document, name=asked.name, product=asked.product, release=asked.release)
    file = pathlib.Path(asked.document).name
    rows = [{"section": row.section, "place": row.place, "cells": dict(row.cells)} for row in document.rows]
    unread = [{"place": one.place, "printed": list(one.cells), "question": one.question} for one in document.unread]
    lines = [f"{file}: {count(len(rows), 'row')} read, {len(unread)} not read. No catalog to compare with."]
    for one in document.unread:
        lines += paragraph(f"{one.place}: {' | '.join(one.cells)}: {one.question}", indent="  ")
    text = "\n".join(lines)
    found = {"new": len(rows), "unread": len(unread)}
    data = {
        "format": "printops.firewall/document/1",
        "catalog": None,
        "product": asked.product,
        "document": {"file": file, **asked.release.as_raw()},
        "counts": found,
        "rows": rows,
        "unread": unread,
    }
    return Answer(
        found,
        text=lambda: text,
        markdown=lambda: f"# Ports: {file}\n\n{text}\n",
        json=lambda: _json(data),
        draft=lambda: draft_text(draft, comment=_comment(asked, found)),
    )


def _comment(asked: Asked, found: t.Mapping[str, int]) -> list[str]:
    told = ", ".join(f"{number} {status}" for status, number in found.items())
    return [
        f"Draft of printops.firewall.catalog from {pathlib.Path(asked.document).name}: {told}.",
        "A row with treatment: unanswered opens nothing. Its because says what is asked: set what is right, and take",
        "treatment and because away. Then name this file in printops_catalogs"
        + (f", behind {asked.base[0]}." if asked.base else "."),
        *(["It takes the place of: " + ", ".join(asked.base[1:])] if len(asked.base) > 1 else []),
    ]


def _hint(comparison: Comparison) -> str:
    """That another shipped catalog is more like the document, where this one is hardly."""
    document = comparison.document
    alike = len(document.rows) - len(comparison.of("new"))
    if alike * 2 >= min(len(document.rows), len(comparison.base.rows)):
        return ""
    best, most = "", alike
    for name in shipped_catalogs():
        if name != comparison.base.catalog.name:
            raw = read_yaml(find_catalog(name, base_folder=None))[1]
            found = len(document.rows) - len(compare(Base(build_catalog(raw, sha256="")), document).of("new"))
            best, most = (name, found) if found > most else (best, most)
    told = f"Only {alike} of {len(document.rows)} rows are like one of {comparison.base.catalog.name}."
    return "\n".join(paragraph(f"{told} {most} are like one of {best}: is that the one you mean?" if best else told))
