# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The perimeter's policy, compiled by aerleon and asked by its aclcheck."""

from __future__ import annotations

import copy
import pathlib
import typing as t

import pytest
import yaml
from aerleon import api
from aerleon.lib import naming

from ansible_collections.printops.firewall.plugins.plugin_utils._base.networks import NetworkSet
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan, load_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._report.matrix import flow_rows
from ansible_collections.printops.firewall.plugins.plugin_utils._report.perimeter import TARGETS, perimeter_files
from ansible_collections.printops.firewall.plugins.plugin_utils._report.places import Places
from ansible_collections.printops.firewall.plugins.plugin_utils._report.request import Crossing, crossings
from ansible_collections.printops.firewall.plugins.plugin_utils._report.zones import read_zones

GOLDEN = pathlib.Path(__file__).resolve().parents[4] / "golden" / "plans"
ENDINGS = {
    "arista_tp": ".atp",
    "cisco": ".acl",
    "cisconx": ".nxacl",
    "ciscoxr": ".xacl",
    "juniper": ".jcl",
    "openconfig": ".oacl",
}


def found_in(plan: Plan, **zones: list[str]) -> list[Crossing]:
    places = Places(plan)
    return crossings(flow_rows(plan, places), places, zones=read_zones(zones))


class Policy(t.NamedTuple):
    raw: t.Any
    definitions: t.Any

    def accepts(self, source: str, destination: str, protocol: str, port: int, *, source_port: int = 40000) -> bool:
        answer = api.AclCheck(
            copy.deepcopy(self.raw), self.definitions, source, destination, str(source_port), str(port), protocol
        )
        terms = [term for filters in answer.values() for term in filters.items()]
        first = next((facts for _name, facts in terms if not facts["possibles"]), None)
        return first is not None and first["message"].split()[-1] == "accept"


def policy_of(found: t.Iterable[Crossing]) -> Policy:
    documents = {name: yaml.safe_load(content) for name, content in perimeter_files(found).items()}
    definitions = naming.Naming()
    definitions.ParseDefinitionsObject(
        {**documents["perimeter_networks.yaml"], **documents["perimeter_services.yaml"]}, ""
    )
    return Policy({"filename": "perimeter", **documents["perimeter.pol.yaml"]}, definitions)


FOUND = {
    name: found_in(load_plan(GOLDEN / f"{name}.json"), mail=["10.10.0.25"], printers=["10.20.32.0/22"])
    for name in ("company", "windows")
}


@pytest.mark.parametrize("name", FOUND)
def test_aerleon_writes_it_for_all_targets(name: str) -> None:
    policy = policy_of(FOUND[name])
    written = api.Generate([copy.deepcopy(policy.raw)], policy.definitions) or {}
    assert {pathlib.PurePath(path).suffix for path in written} == set(ENDINGS.values())
    assert set(ENDINGS) == set(TARGETS)
    assert len(TARGETS) >= 6
    for text in written.values():
        assert len(text) > 1000


def first_of(networks: NetworkSet, version: int) -> str:
    cidrs = [cidr for cidr in networks.cidrs() if (":" in cidr) == (version == 6)]
    return cidrs[-1].partition("/")[0] if cidrs else ""


def test_what_it_accepts_is_what_the_request_asks_for() -> None:
    policy = policy_of(FOUND["company"])
    asked = [one for one in FOUND["company"] if one.ports and not one.source_ports]
    assert len(asked) > 30
    for one in asked:
        for version in (4, 6):
            source, destination = first_of(one.sources, version), first_of(one.destinations, version)
            if source and destination:
                assert policy.accepts(source, destination, one.protocol, one.ports[0].first), one.flows
                stranger = "192.0.2.99" if version == 4 else "2001:db8:ffff::1"
                assert not policy.accepts(stranger, destination, one.protocol, one.ports[0].first)
                assert not policy.accepts(source, destination, one.protocol, 7)


def test_answers_are_accepted_from_their_port_only() -> None:
    (one,) = (one for one in FOUND["company"] if "safeq6/management/5" in one.flows and one.source_ports)
    policy = policy_of([one])
    source, destination = first_of(one.sources, 4), first_of(one.destinations, 4)
    port = one.source_ports[0].first
    assert policy.accepts(source, destination, "udp", 50000, source_port=port)
    assert not policy.accepts(source, destination, "udp", 50000, source_port=port + 1)


def test_no_name_ends_a_comment_and_what_goes_is_not_asked_for() -> None:
    (first, *_others) = FOUND["company"]
    changed = copy.copy(first)
    object.__setattr__(changed, "source_zone", 'x" drop */ # \n} accept \\')
    policy = policy_of([changed])
    comment = policy.raw["filters"][0]["terms"][0]["comment"]
    assert not set(comment) & set("\"'#*{}\\\n;")
    object.__setattr__(changed, "action", "remove")
    assert [term["name"] for term in policy_of([changed]).raw["filters"][0]["terms"]] == ["deny-the-rest"]
