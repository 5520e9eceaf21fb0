# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Read the inventory out of Ansible's C(hostvars), templated, as plain data."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import EstateError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.plain import first_template, literal_json, plain
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import PREFIX, is_blank

from .estate import Inventory
from .facts import ADDRESS_FACTS, own_addresses


def read_inventory(variables: t.Mapping[str, t.Any]) -> Inventory:
    """The inventory behind a task's variables.

    A blank variable is as if it was not set. Raises C(EstateError) that names the host and the variable where a
    template of it fails.
    """
    hostvars = variables["hostvars"]
    as_written = getattr(hostvars, "raw_get", hostvars.__getitem__)
    return Inventory(
        groups={str(group): [str(host) for host in hosts] for group, hosts in variables["groups"].items()},
        variables={
            str(host): _read_host(as_written(host), hostvars=hostvars, host=str(host))
            for host in variables["groups"]["all"]
        },
    )


def _read_host(
    host_variables: t.Mapping[str, t.Any], *, hostvars: t.Mapping[str, t.Any], host: str
) -> dict[str, t.Any]:
    """The host's variables of ours; Ansible is asked for those only in which something can be a template."""
    names = [name for name in host_variables if name.startswith(PREFIX)]
    names += [name for name in ("ansible_host", "inventory_dir") if name in host_variables]
    read = {}
    for name in names:
        value = host_variables[name]
        try:
            value = plain(value if literal_json(value) else hostvars[host][name])
        except Exception as error:  # Before ansible-core 2.19, whatever the template raises.
            raise EstateError(f"host {host}: {name}: {error}") from error
        # Before ansible-core 2.19, a template with a variable that is not there is left as it stands.
        template = first_template(value)
        if template:
            raise EstateError(f"host {host}: {name}: {template!r} is a template without a value here")
        if not is_blank(value):
            read[str(name)] = value
    facts = host_variables.get("ansible_facts") or {}
    if not any(name in facts for name in ADDRESS_FACTS):
        return read
    return {**read, "ansible_facts": own_addresses(_network_facts(facts))}


def _network_facts(facts: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    names = [str(name) for name in facts.get("interfaces") or ()]
    wanted = (*ADDRESS_FACTS, "interfaces", *(name.replace("-", "_").replace(":", "_") for name in names))
    return {name: plain(facts[name]) for name in wanted if name in facts}
