# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The items that are checked before an installation as a page for people."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.items import (
    AREAS,
    PLATFORMS,
    PRODUCTS,
    Item,
)

from .catalog import anchor

AUTOMATIC = {
    "full": "by the program",
    "partial": "by the program where the variables say what is wanted, else by a person",
    "none": "by a person",
}


def items_page(items: t.Sequence[Item]) -> str:
    """Markdown of all items, by area."""
    lines = [
        "# Items that are checked before an installation",
        "",
        "Made from `plugins/catalogs/preinstall.yml` by `scripts/catalog_pages`; changes belong there.",
        "How they are checked in a run, and what a report looks like: [preinstall.md](preinstall.md).",
        "",
        *_overview(items),
    ]
    for area in AREAS:
        lines += [f"## {area.capitalize()}", ""]
        for item in items:
            if item.area == area:
                lines += _item(item)
    return "\n".join(lines).rstrip() + "\n"


def _overview(items: t.Sequence[Item]) -> list[str]:
    rows = [
        f"| [{item.id}](#{anchor(item.id)}) | {item.title} | {', '.join(item.products)} "
        f"| {'yes' if item.mandatory else 'no'} | {AUTOMATIC[item.automatic]} |"
        for item in items
    ]
    return ["| item | title | products | mandatory | decided |", "| --- | --- | --- | --- | --- |", *rows, ""]


def _item(item: Item) -> list[str]:
    products = ", ".join(PRODUCTS[one] for one in item.products)
    roles = "every component" if "all" in item.roles else ", ".join(f"`{role}`" for role in item.roles)
    how = [f"{platform.capitalize()}: {item.how[platform]}" for platform in PLATFORMS if platform in item.how]
    needs = ", ".join(f"`{name}`" for name in item.needs) or "none"
    source = f"{item.source['document']}, {item.source['place']}."
    return [
        f"### {item.id}",
        "",
        f"**{item.title}.** {item.meaning}",
        "",
        f"- Holds for: {products}; {roles}",
        f"- Mandatory: {'yes' if item.mandatory else 'no'}",
        f"- Decided: {AUTOMATIC[item.automatic]}",
        *(f"- {line}" for line in how),
        f"- Variables: {needs}",
        f"- Remedy: {item.remedy}",
        f"- Source: {source}" + (f" {item.source['beyond']}" if "beyond" in item.source else ""),
        "",
    ]
