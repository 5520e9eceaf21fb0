# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Read the inventory out of Ansible's C(hostvars), templated, as plain data."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import EstateError, PrintopsError, nearest
from ansible_collections.printops.firewall.plugins.plugin_utils._base.plain import (
    as_written,
    first_template,
    literal_json,
    plain,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import (
    COMPILED_VARIABLES,
    PREFIX,
    VARIABLES,
    is_blank,
)

from .estate import Inventory
from .facts import ADDRESS_FACTS, own_addresses

_ALMOST = 0.9
"""How like one of ours a name must be, of 1, to be taken for it: C(printop_security) is, C(printer_networks) is not."""


def read_inventory(variables: t.Mapping[str, t.Any]) -> Inventory:
    """The inventory behind a task's variables.

    A blank variable is as if it was not set. The inventory's mistakes name the host and the variable where a template
    of it fails, or where a variable has one of our names but for a letter.
    """
    hostvars = variables["hostvars"]
    written = as_written(hostvars)
    mistakes: list[PrintopsError] = [*_only_of_the_play(variables, written)]
    return Inventory(
        groups={str(group): [str(host) for host in hosts] for group, hosts in variables["groups"].items()},
        variables={
            str(host): _read_host(written(host), hostvars=hostvars, host=str(host), mistakes=mistakes)
            for host in variables["groups"]["all"]
        },
        mistakes=tuple(mistakes),
    )


def _only_of_the_play(
    variables: t.Mapping[str, t.Any], written: t.Callable[[str], t.Mapping[str, t.Any]]
) -> t.Iterator[EstateError]:
    """What a play, a task or a role sets for itself, which is not there for other hosts and other plays."""
    own = written(variables["inventory_hostname"]) if "inventory_hostname" in variables else variables
    for name in COMPILED_VARIABLES:
        if name in variables and (name not in own or _differ(own[name], variables[name])):
            yield EstateError(
                f"{name} is set by vars or vars_files of a play, which the plan does not see; set it in the inventory, "
                f"in group_vars, or for all hosts with -e {name}=VALUE"
            )


def _differ(one: object, other: object) -> bool:
    texts = literal_json(one), literal_json(other)
    return one is not other and (texts[0] != texts[1] or ("" in texts and repr(one) != repr(other)))


def _read_host(
    host_variables: t.Mapping[str, t.Any],
    *,
    hostvars: t.Mapping[str, t.Any],
    host: str,
    mistakes: list[PrintopsError],
) -> dict[str, t.Any]:
    """The host's variables of ours; Ansible is asked for those only in which something can be a template."""
    names = [name for name in host_variables if name.startswith(PREFIX)]
    names += [name for name in ("ansible_host", "inventory_dir") if name in host_variables]
    mistakes += _almost_ours(host_variables, host=host)
    read = {}
    for name in names:
        value = host_variables[name]
        try:
            value = plain(value if literal_json(value) else hostvars[host][name])
        except Exception as error:  # Before ansible-core 2.19, whatever the template raises.
            value = _what_can_be_read(hostvars[host], name, error, place=f"host {host}: {name}", mistakes=mistakes)
        # Before ansible-core 2.19, a template with a variable that is not there is left as it stands.
        template = first_template(value)
        if template:
            mistakes.append(EstateError(f"host {host}: {name}: {template!r} is a template without a value here"))
        elif not is_blank(value):
            read[str(name)] = value
    facts = host_variables.get("ansible_facts") or {}
    if not any(name in facts for name in ADDRESS_FACTS):
        return read
    return {**read, "ansible_facts": own_addresses(_network_facts(facts))}


def _what_can_be_read(
    parent: t.Mapping[str, t.Any], key: str, failed: Exception, *, place: str, mistakes: list[PrintopsError]
) -> t.Any:
    """The entries of a mapping whose templates do not fail, so that what else is wrong is told in the same run."""
    try:
        value = parent[key]
        entries = list(value) if isinstance(value, t.Mapping) else []
    except Exception:
        entries = []
    if not entries:
        mistakes.append(EstateError(f"{place}: {failed}"))
        return None
    read = {}
    for entry in entries:
        try:
            read[plain(entry)] = plain(value[entry])
        except Exception as error:
            read[plain(entry)] = _what_can_be_read(value, entry, error, place=f"{place}.{entry}", mistakes=mistakes)
    return {entry: value for entry, value in read.items() if not is_blank(value)}


def _almost_ours(names: t.Iterable[str], *, host: str) -> t.Iterator[EstateError]:
    for name in names:
        if name[:5].lower() != PREFIX[:5] or name.startswith(PREFIX):
            continue
        meant = nearest(name.lower(), VARIABLES, cutoff=_ALMOST)
        if meant:
            yield EstateError(f"host {host}: there is no variable {name}; did you mean {meant!r}?")


def _network_facts(facts: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    names = [str(name) for name in facts.get("interfaces") or ()]
    wanted = (*ADDRESS_FACTS, "interfaces", *(name.replace("-", "_").replace(":", "_") for name in names))
    return {name: plain(facts[name]) for name in wanted if name in facts}
