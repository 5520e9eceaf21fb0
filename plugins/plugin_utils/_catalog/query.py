# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Queries over catalog flows."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import CatalogError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import text_list

from .load import (
    find_catalog,
    load_catalog,
    shipped_catalogs,
)


def query_flows(names: t.Sequence[str], *, expression: str, base_folder: str | None) -> list[t.Any]:
    """Flows of the named catalogs, of all shipped ones if none is named, through a JMESPath expression.

    A result that is no list is the only element of the returned one. Raises C(CatalogError) for an unknown catalog, for
    a wrong expression, and where the controller has no jmespath.
    """
    flows = [
        flow
        for name in text_list(names, place="the list of catalogs", error=CatalogError) or shipped_catalogs()
        for flow in load_catalog(find_catalog(name, base_folder=base_folder)).raw["flows"]
    ]
    try:
        import jmespath
    except ImportError as error:
        raise CatalogError(f"a query of flows needs the Python package jmespath on the controller: {error}") from error
    try:
        found = jmespath.search(expression, flows)
    except jmespath.exceptions.JMESPathError as error:
        raise CatalogError(f"the query {expression!r} is no JMESPath expression: {error}") from error
    return found if isinstance(found, list) else [found]
