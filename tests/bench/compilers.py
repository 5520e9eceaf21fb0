# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of one compiler on the model, in a process of its own so that neither side carries the other's memory.

C(python -m tests.bench.compilers SIDE HOSTS), SIDE one of C(SIDES), prints the seconds from plain data to text, after
it has checked that the text lets through exactly what the model says. Input is made before the clock starts.
"""

from __future__ import annotations

import functools
import ipaddress
import itertools
import json
import logging
import re
import sys
import time
import typing as t
from collections.abc import Iterable, Iterator, Mapping

from . import model
from .measure import BenchError
from .place import CHECKOUT

Timed = tuple[dict[str, float], Iterable[model.Allow]]
"""Seconds from plain data to text, of ours also to the compiled and checked plan; and what the text lets through."""

RULE = re.compile(
    r"ip saddr (?:\{ (?P<set>[^}]*) \}|(?P<one>\S+)) ip daddr (?P<to>\S+) tcp dport (?P<ports>.+) ct state new accept"
)


def time_ours(hosts: int, *, schema_check: bool = False, shared_rows: bool = True) -> Timed:
    """From catalog data and inventory variables to the text of the plan, all findings included.

    With C(schema_check), the catalog is checked against its schema first, as when it is read from a file. Without
    C(shared_rows), the catalog has a row for each term of each host.
    """
    from ansible_collections.printops.firewall.plugins.plugin_utils._base.garbage import paused_garbage_collector
    from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.load import build_catalog
    from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.schema import check_catalog
    from ansible_collections.printops.firewall.plugins.plugin_utils._compile.findings.every import find_all
    from ansible_collections.printops.firewall.plugins.plugin_utils._compile.flows import compile_rules
    from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import plan_document
    from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Inventory, read_estate
    from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import dump_plan

    data = model.catalog_data() if shared_rows else model.catalog_data_of_rows(hosts)
    groups = model.inventory_groups(hosts) if shared_rows else model.inventory_groups_of_rows(hosts)
    inventory = Inventory(groups, model.inventory_variables(hosts))
    started_at = time.perf_counter()
    with paused_garbage_collector():
        if schema_check:
            check_catalog(data, file="the model")
        catalogs = [build_catalog(data, sha256="of the benchmark")]
        estate = read_estate(inventory, catalogs=catalogs)
        compiled = compile_rules(catalogs, estate)
        findings = find_all(catalogs, estate, compiled)
        checked_at = time.perf_counter()
        text = dump_plan(plan_document(catalogs, estate, compiled, findings))
    ended_at = time.perf_counter()
    return {"seconds": ended_at - started_at, "compiled": checked_at - started_at}, allows_of_plan(text)


def time_aerleon(hosts: int, *, shade_check: bool) -> Timed:
    """From a definitions object and policies to nftables text, through aerleon's API."""
    from absl import logging as absl_logging
    from aerleon import api
    from aerleon.lib import naming

    absl_logging.set_verbosity(absl_logging.ERROR)
    logging.disable(logging.WARNING)
    data, policies = model.aerleon_definitions(hosts), model.aerleon_policies(hosts)
    started_at = time.perf_counter()
    definitions = naming.Naming()
    definitions.ParseDefinitionsObject(data, "")
    texts = dict(api.Generate(policies, definitions, optimize=False, shade_check=shade_check) or {})
    seconds = time.perf_counter() - started_at
    return {"seconds": seconds}, allows_of_nftables(texts)


def allows_of_plan(text: str) -> Iterator[model.Allow]:
    """Every host, source address and port that the text of a plan accepts."""
    for name, host in json.loads(text)["hosts"].items():
        for rule in host["rules"]:
            if rule["direction"] != "in" or rule["protocol"] != "tcp":
                raise BenchError(f"{name}: the model has no such rule: {rule}")
            addresses = list(_addresses(rule["remotes"]))
            for port, address in itertools.product(_ports(rule["ports"]), addresses):
                yield int(name.removeprefix("h")), address, port


def allows_of_nftables(texts: Mapping[str, str]) -> Iterator[model.Allow]:
    """The same of aerleon's files; a rule counts only for the host whose address it names."""
    for file, text in texts.items():
        host = int(file.removeprefix("host").removesuffix(".nft"))
        for rule in RULE.finditer(text):
            if rule["to"] not in (f"{model.host_address(host)}/32", model.host_address(host)):
                raise BenchError(f"{file} has a rule for {rule['to']}")
            sources = (rule["set"] or rule["one"]).split(", ")
            ports = _ports(rule["ports"].strip("{} ").split(", "))
            for port, address in itertools.product(ports, list(_addresses(sources))):
                yield host, address, port


def _addresses(networks: Iterable[str]) -> Iterator[str]:
    for network in networks:
        for address in ipaddress.ip_network(network):
            yield str(address)


def _ports(texts: Iterable[str]) -> Iterator[int]:
    for text in texts:
        first, _dash, last = text.partition("-")
        yield from range(int(first), int(last or first) + 1)


SIDES: dict[str, t.Callable[[int], Timed]] = {
    "ours": time_ours,
    "ours-checked": functools.partial(time_ours, schema_check=True),
    "ours-rows": functools.partial(time_ours, shared_rows=False),
    "aerleon": functools.partial(time_aerleon, shade_check=False),
    "aerleon-checked": functools.partial(time_aerleon, shade_check=True),
}


def main(side: str, hosts: int) -> None:
    if side.startswith("ours"):
        from ansible.plugins.loader import init_plugin_loader

        init_plugin_loader([str(CHECKOUT / ".collections")])
    seconds, found = SIDES[side](hosts)
    accepted, wanted = set(found), model.allows(hosts)
    if accepted != wanted:
        lacking, unasked = len(wanted - accepted), len(accepted - wanted)
        sys.exit(f"{side}, {hosts} hosts: {lacking} of {len(wanted)} allows lack, {unasked} are unasked")
    print(json.dumps({**seconds, "allows": len(accepted)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
