# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A verification of any plan on machines of the lab, in seconds: the collection's own code without Ansible."""

from __future__ import annotations

import io
import json
import pathlib
import tarfile
import typing as t
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.printops.firewall.plugins.plugin_utils._verify.evidence import Evidence, evidence
from ansible_collections.printops.firewall.plugins.plugin_utils._verify.run import Run
from ansible_collections.printops.firewall.plugins.plugin_utils._verify.schedule import Choice, doors_of

from ..topology import machine_named
from .packets import canonical, script
from .ruleset import TABLE, ruleset

if t.TYPE_CHECKING:
    from ..conftest import Lab

CHECKOUT = pathlib.Path(__file__).parents[3]
PLACE = "/opt/verify-trial"
UTILS = "plugins/module_utils"
SECRET = "0123456789abcdef"  # noqa: S105
TIMES = {"begun": "2031-01-01T00:00:00Z", "ended": "2031-01-01T00:01:00Z"}
Plan = dict[str, t.Any]


def own_addresses(name: str) -> list[str]:
    """A machine's first of each family, as a plan has them."""
    return list(map(canonical, machine_named(name=name).addresses[:2]))


def plan_of(rules: t.Mapping[str, t.Sequence[dict[str, t.Any]]]) -> Plan:
    """A plan with these rules of machines, by name."""
    hosts = {
        name: {
            "provider": "auto",
            "components": [],
            "addresses": own_addresses(name),
            "egress": "allow",
            "rules": list(its),
        }
        for name, its in rules.items()
    }
    return {"format": "printops.firewall/plan/2", "compiled_from": {"catalogs": {}}, "hosts": hosts, "flows": {}}


class Flows:
    """Enforces and verifies plans on machines, all of them at the same time."""

    def __init__(self, lab: Lab, *, hosts: t.Sequence[str], senders: t.Sequence[str] = ()) -> None:
        self._lab, self.hosts, self.players = lab, tuple(hosts), (*hosts, *senders)
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            archive.add(CHECKOUT / UTILS, f"ansible_collections/printops/firewall/{UTILS}")
        for name in self.players:
            unpack = f"systemctl stop firewalld ufw; nft flush ruleset; mkdir -p {PLACE} && tar xf - -C {PLACE}"
            done = lab.enter_bytes(name, ["sh", "-c", unpack], packed.getvalue())
            assert done.returncode == 0, done.stderr

    def on(self, name: str, words: t.Sequence[str], *, stdin: str = "") -> str:
        done = self._lab.enter(name, words, input=stdin)
        assert done.returncode == 0, f"{name}: {done.stderr}"
        return done.stdout

    def each(self, do: t.Callable[[str], t.Any], names: t.Iterable[str] | None = None) -> dict[str, t.Any]:
        chosen = tuple(self.players if names is None else names)
        with ThreadPoolExecutor(max_workers=len(chosen)) as pool:
            return dict(zip(chosen, pool.map(do, chosen), strict=True))

    def enforce(self, plan: Plan, *, more: t.Mapping[str, str] | None = None) -> None:
        """C(more) is loaded after the rules of a host: words of nft."""
        self.each(
            lambda name: self.on(
                name, ["nft", "-f", "-"], stdin=ruleset(plan["hosts"][name]["rules"]) + (more or {}).get(name, "")
            ),
            self.hosts,
        )

    def free(self) -> None:
        """No rules, and nothing of ours on the machines."""
        take_away = f"nft delete table inet {TABLE}; rm -rf {PLACE}"
        self.each(lambda name: self.on(name, ["sh", "-c", take_away]))

    def do(self, name: str, what: str, **options: t.Any) -> dict[str, t.Any]:
        said = self.on(name, script("flow_driver"), stdin=json.dumps({"do": what, **options}))
        return t.cast("dict[str, t.Any]", json.loads(said))

    def listen(self, plan: Plan, *, lifetime: int = 60) -> dict[str, t.Any]:
        return self.each(
            lambda name: self.do(
                name, "listen", host=name, secret=SECRET, doors=doors_of(plan, name), lifetime=lifetime
            )
        )

    def verify(
        self, plan: Plan, *, refused: Choice = "sample", samples: int = 3, timeout_s: float = 1.0, seed: str = ""
    ) -> Evidence:
        """As the role does it."""
        answers = self.listen(plan)
        run = Run.of(plan, answers=answers, refused=refused, seed=seed)
        questions = run.questions(samples=samples)
        options = {"secret": SECRET, "at_once": 256, "timeout_s": timeout_s, "bound_s": 60.0}
        probers = self.each(lambda name: [self.do(name, "probe", questions=questions.get(name, []), options=options)])
        records = self.each(lambda name: self.do(name, "end", secret=SECRET))
        return evidence(run, probers=probers, records=records, clusters={}, limit_ms=100, **TIMES)
