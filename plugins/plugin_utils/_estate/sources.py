# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Where a variable of a host is set, as far as Ansible knows: on the command line, at the host or at a group."""

from __future__ import annotations

import os
import re
import typing as t

from ansible.inventory.helpers import sort_groups
from ansible.vars.plugins import get_vars_from_inventory_sources, get_vars_from_path

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError, each_of
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import few

COMMAND_LINE = "-e"
_MOST_PLACES = 3

_ABOUT_A_HOST = re.compile(
    r"host (?P<host>.+?): (?P<what>(?:there is no variable )?(?P<variable>printops_\w+|print\w+|ansible_host)?"
    r"(?P<keys>(?:\.[\w-]+|\[\d+\])*)(?: names (?P<quote>['\"])(?P<entry>.*?)(?P=quote))?.*)",
    flags=re.DOTALL,
)


def told(error: PrintopsError, hostvars: t.Any) -> list[str]:
    """Each thing that is wrong in one line, which begins with the places that have it."""
    places: dict[str, dict[str, None]] = {}
    for one in each_of(error):
        match = _ABOUT_A_HOST.fullmatch(str(one))
        found = places.setdefault(match["what"] if match else str(one), {})
        if match:
            found[_where(match, hostvars) or f"host {match['host']}"] = None
    return [f"{few(list(found), most=_MOST_PLACES)}: {what}" if found else what for what, found in places.items()]


def _where(match: re.Match[str], hostvars: t.Any) -> str:
    try:
        source = _source(match["host"], match["variable"] or "", hostvars)
    except Exception:  # How Ansible keeps its inventory is its own, and no mistake may go untold for it.
        return ""
    if source is None:
        return ""
    name, value = source
    position = _position(value, re.findall(r"[\w-]+", match["keys"]), match["entry"])
    return f"{name} ({position})" if position else name


def _source(host_name: str, variable: str, hostvars: t.Any) -> tuple[str, t.Any] | None:
    """Who sets the variable that the host has, and its value as it is written there."""
    manager, inventory, loader = hostvars._variable_manager, hostvars._inventory, hostvars._loader
    if variable in manager.extra_vars:
        return COMMAND_LINE, manager.extra_vars[variable]
    host = inventory.get_host(host_name)
    for entity in (host, *reversed(sort_groups(host.get_groups()))):
        kind = "host" if entity is host else "group"
        for variables in (
            get_vars_from_path(loader, loader.get_basedir(), [entity], "task"),
            get_vars_from_inventory_sources(loader, inventory._sources, [entity], "task"),
            entity.vars,
        ):
            if variable in variables:
                return f"{kind} {entity.name}", variables[variable]
    return None


def _position(value: t.Any, keys: t.Sequence[str], entry: str | None) -> str:
    """File and line of the innermost value along the keys that remembers them."""
    known = _own_position(value)
    for key in keys:
        if not isinstance(value, (t.Mapping, list)):
            break
        value = value[int(key)] if isinstance(value, list) else value.get(key)
        known = _own_position(value) or known
    if entry is not None and isinstance(value, (t.Mapping, list)):
        known = next((_own_position(one) for one in value if one == entry), "") or known
    return known


def _own_position(value: t.Any) -> str:
    """A tag of ansible-core 2.19 and newer, an attribute of older ones."""
    path, line, _column = getattr(value, "ansible_pos", None) or ("", 0, 0)
    for tag in (getattr(value, "_ansible_tags_mapping", None) or {}).values():
        path, line = getattr(tag, "path", None) or path, getattr(tag, "line_num", None) or line
    if not path:
        return ""
    short = os.path.relpath(path)
    return f"{path if short.startswith('..') else short}:{line}" if line else str(path)
