# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The catalog that a document is compared with, as rows of the same columns."""

from __future__ import annotations

import functools
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog, Channel, Flow

from .lines import Known
from .model import PORT_ROLES
from .words import column_roles, squeeze


@dataclass(frozen=True)
class BaseRow:
    """A flow as the row of a document: its printed cells by column, and where they stand in C(as_printed)."""

    flow: Flow
    section: str
    cells: t.Mapping[str, str]
    columns: t.Mapping[str, str]
    """Column of the reader to the name that C(as_printed) has for it."""
    raw: t.Mapping[str, t.Any]
    """The flow as its file has it."""

    @property
    def id(self) -> str:
        """The id of the flow."""
        return self.flow.id

    def cell(self, role: str) -> str:
        """The cell as printed, empty where the document had none."""
        return self.cells.get(role, "")


class Base:
    """Rows of one catalog, and what its document calls things."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        raw = {flow["id"]: flow for flow in catalog.raw["flows"]}
        self.rows = tuple(_base_row(flow, catalog, raw[flow.id]) for flow in catalog.flows)
        self.names: dict[str, set[str]] = {}
        """Components by every name that the document has for them, squeezed."""
        for component in catalog.components.values():
            for printed in (*component.printed, component.name):
                self.names.setdefault(squeeze(printed), set()).add(component.name)
        for row in self.rows:
            for role, components in (("client", row.flow.client), ("server", row.flow.server)):
                if row.cell(role):
                    self.names.setdefault(squeeze(row.cell(role)), set()).update(components)
        self.known = Known(
            ends=frozenset(self.names),
            applications=frozenset(squeeze(row.cell("application")) for row in self.rows),
            titles=tuple(catalog.sections.values()),
        )
        self._same: dict[str, str] = {}
        self._badges = _badges((catalog.product, *catalog.aliases), names=self.names)

    @functools.cached_property
    def roles(self) -> frozenset[str]:
        """Columns that the catalog's document has."""
        return frozenset(role for row in self.rows for role in row.cells)

    def same_name(self, text: str) -> str:
        """A text without case, blanks and the product's names, so that a badge of another maker changes nothing."""
        if text not in self._same:
            squeezed = squeeze(text)
            self._same[text] = (self._badges.sub("", squeezed) if self._badges else squeezed) or squeezed
        return self._same[text]


def _base_row(flow: Flow, catalog: Catalog, raw: t.Mapping[str, t.Any]) -> BaseRow:
    printed = dict(flow.as_printed)
    columns = {roles[0]: column for column in printed if (roles := column_roles(column))}
    cells = {role: printed[column] for role, column in columns.items()}
    return BaseRow(flow, flow.id.split("/")[1], cells or _cells_of_reading(flow, catalog), columns, raw)


def _cells_of_reading(flow: Flow, catalog: Catalog) -> dict[str, str]:
    """What a document could print for a flow of a catalog that was not made from one."""

    def ends(names: t.Iterable[str]) -> str:
        return ", ".join((*catalog.components[name].printed, name)[0] for name in names)

    channels = flow.unsecured + flow.secured
    return {
        "client": ends(flow.client),
        "server": ends(flow.server),
        "port": ", ".join(dict.fromkeys(port for channel in channels for port in ports_of(channel))),
        "protocol": "/".join(dict.fromkeys(channel.protocol.upper() for channel in channels)),
    }


def ports_of(channel: Channel) -> tuple[str, ...]:
    """The ports of a channel as texts."""
    return tuple(map(str, channel.ports))


def reading_of(flow: Flow, role: str) -> tuple[Channel, ...]:
    """The channels that the catalog reads from a column of ports."""
    return {"unsecured": flow.unsecured, "secured": flow.secured}.get(role, flow.unsecured + flow.secured)


def _badges(products: t.Iterable[str], *, names: t.Container[str]) -> re.Pattern[str] | None:
    """Names of the product, its last words among them, that are no names of ends."""
    found: set[str] = set()
    for product in products:
        words = [word for word in product.split() if not word.isdecimal()]
        found |= {squeeze(" ".join(words[start:])) for start in range(len(words))}
    usable = sorted((one for one in found if len(one) > 4 and one not in names), key=len, reverse=True)
    return re.compile("|".join(f"{re.escape(one)}[0-9]?" for one in usable)) if usable else None


def has_ports(cells: t.Mapping[str, str]) -> bool:
    """Whether any column of ports is filled."""
    return any(cells.get(role) for role in PORT_ROLES)
