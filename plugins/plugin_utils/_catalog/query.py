# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Queries over catalog flows."""

from __future__ import annotations

import typing as t

import jmespath

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import CatalogError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import text_list

from .load import (
    find_catalog,
    load_catalog,
    shipped_catalogs,
)


def query_flows(names: t.Sequence[str], *, expression: str, base_folder: str | None) -> list[t.Any]:
    """Flows of the named catalogs, of all shipped ones if none is named, through a JMESPath expression.

    A result that is no list is the only element of the returned one. Raises C(CatalogError) for an unknown
    catalog and C(jmespath.exceptions.JMESPathError) for a wrong expression.
    """
    flows = [
        flow
        for name in text_list(names, place="the list of catalogs", error=CatalogError) or shipped_catalogs()
        for flow in load_catalog(find_catalog(name, base_folder=base_folder)).raw["flows"]
    ]
    found = jmespath.search(expression, flows)
    return found if isinstance(found, list) else [found]
