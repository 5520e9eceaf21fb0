# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One question asked of a plan and of aerleon's policies: would this address reach that port of a host?

C(python -m tests.bench.explaining HOSTS QUESTIONS) asks the same random questions of both, half of them about what the
model lets through, and prints the milliseconds of one, after it has checked that both answer as the model says.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
import typing as t

from . import model
from .measure import BenchError
from .place import CHECKOUT, environment

Ask = t.Callable[[model.Allow], bool]


def questions(hosts: int, count: int) -> list[model.Allow]:
    """Host, source address and port; the same for the same arguments."""
    chance = random.Random(count)  # noqa: S311
    allowed = chance.sample(sorted(model.allows(hosts)), count // 2)
    others = [
        (
            chance.randrange(hosts),
            chance.choice(model.role_addresses(chance.randrange(model.ROLES))),
            model.FIRST_PORT + chance.randrange(model.SERVICES),
        )
        for _ in range(count - len(allowed))
    ]
    return chance.sample([*allowed, *others], count)


def our_side(hosts: int) -> Ask:
    """Answers from the plan with its reasons, and with what is missing where it is no; the plan is ready before."""
    from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.load import build_catalog
    from ansible_collections.printops.firewall.plugins.plugin_utils._compile.flows import compile_rules
    from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import plan_document
    from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Inventory, read_estate
    from ansible_collections.printops.firewall.plugins.plugin_utils._plan.explain import Explainer

    catalogs = [build_catalog(model.catalog_data(), sha256="of the benchmark")]
    inventory = Inventory(model.inventory_groups(hosts), model.inventory_variables(hosts))
    estate = read_estate(inventory, catalogs=catalogs)
    plan = plan_document(catalogs, estate, compile_rules(catalogs, estate), ())
    explainer = Explainer(plan)

    def ask(question: model.Allow) -> bool:
        host, source, port = question
        return explainer.would_reach(source, f"h{host}", "tcp", port).allowed

    return ask


def aerleons_side(hosts: int) -> Ask:
    """Answers of aerleon's aclcheck, from policies and definitions that are ready before."""
    from aerleon import api
    from aerleon.lib import naming

    definitions = naming.Naming()
    definitions.ParseDefinitionsObject(model.aerleon_definitions(hosts), "")
    policies = model.aerleon_policies(hosts)

    def ask(question: model.Allow) -> bool:
        host, source, port = question
        ends = {"src": source, "dst": model.host_address(host), "sport": "any", "dport": str(port), "proto": "tcp"}
        return bool(api.AclCheck(policies[host], definitions, **ends))

    return ask


SIDES: dict[str, t.Callable[[int], Ask]] = {"ours": our_side, "aerleon": aerleons_side}


def milliseconds(side: str, *, hosts: int, count: int) -> float:
    """Of one question; raises C(BenchError) for an answer that is not the model's."""
    asked, allowed = questions(hosts, count), model.allows(hosts)
    ask = SIDES[side](hosts)
    started_at = time.perf_counter()
    answers = [ask(one) for one in asked]
    seconds = time.perf_counter() - started_at
    if answers != [one in allowed for one in asked]:
        raise BenchError(f"explain: {side} does not answer as the model says")
    return seconds * 1000 / count


def compare(*, hosts: int, count: int = 200) -> str:
    """A line for the report, of both sides in a process of their own."""
    command = [sys.executable, "-m", "tests.bench.explaining", str(hosts), str(count)]
    done = subprocess.run(command, cwd=CHECKOUT, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(done.stderr[-2000:] or "explain failed")
    took = json.loads(done.stdout)
    return (
        f"a question to the plan of {hosts} hosts: {took['ours']:.3f} ms, {1 / took['ours']:.1f} in a ms; aerleon's "
        f"aclcheck: {took['aerleon']:.3f} ms, ratio {took['aerleon'] / took['ours']:.1f} (not in the file)"
    )


def main(hosts: int, count: int) -> None:
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader([str(CHECKOUT / ".collections")])
    print(json.dumps({side: milliseconds(side, hosts=hosts, count=count) for side in SIDES}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
