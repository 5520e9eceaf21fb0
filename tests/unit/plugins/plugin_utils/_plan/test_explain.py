# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to a plan, beside a reading of its rules one by one."""

from __future__ import annotations

import ipaddress
import pathlib
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PlanError
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.flows import compile_rules
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import plan_document
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import read_estate
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.explain import Explainer
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan, load_plan
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils import estates
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import (
    inventory,
    tiny_catalog,
    tiny_data,
)

GOLDEN = pathlib.Path(__file__).resolve().parents[4] / "golden" / "plans"
PLANS = {name: load_plan(GOLDEN / f"{name}.json") for name in ("lab", "company", "overlay")}
EXPLAINERS = {name: Explainer(plan) for name, plan in PLANS.items()}

GROUPS = {"tiny_web": ["web1", "web2"], "tiny_agent": ["agent1"]}
NETWORKS = {"user": ["10.9.0.0/16"], "printer": ["10.1.0.0/24"]}


def tiny_plan(
    *,
    groups: t.Mapping[str, t.Sequence[str]] = GROUPS,
    catalog: Catalog | None = None,
    own: t.Mapping[str, t.Mapping[str, t.Any]] | None = None,
    **variables: t.Any,
) -> Plan:
    """A plan of the tiny catalog: variables of all hosts, and C(own) of some."""
    catalogs = [catalog or tiny_catalog()]
    names = sorted({host for hosts in groups.values() for host in hosts})
    hosts = {
        name: {
            "ansible_host": f"10.0.0.{number}",
            "printops_networks": NETWORKS,
            **variables,
            **(own or {}).get(name, {}),
        }
        for number, name in enumerate(names, start=1)
    }
    estate = read_estate(inventory(groups, hosts), catalogs=catalogs)
    return plan_document(catalogs, estate, compile_rules(catalogs, estate), ())


def missing(plan: Plan, host: str, port: int, *, source: str | None = None) -> tuple[str, ...]:
    explainer = Explainer(plan)
    answer = explainer.would_reach(source, host, "tcp", port) if source else explainer.why_open(host, "tcp", port)
    assert not answer.allowed
    return answer.missing


def is_admitted(plan: Plan, source: str, host: str, protocol: str, port: int) -> bool:
    """Whether a rule of the plan's JSON lets an address in, read with nothing but the standard library."""
    address = ipaddress.ip_address(source)
    return any(
        rule["direction"] == "in"
        and rule["protocol"] == protocol
        and not rule.get("destinations")
        and any(int(text.split("-")[0]) <= port <= int(text.split("-")[-1]) for text in rule.get("ports", ()))
        and any(address in ipaddress.ip_network(remote) for remote in rule["remotes"])
        for rule in plan["hosts"][host]["rules"]
    )


@st.composite
def questions(draw: st.DrawFn, plan: Plan) -> tuple[str, str, str, int]:
    """Source, host, protocol and port, at the edges of what the plan's rules name and anywhere else."""
    host = draw(st.sampled_from(sorted(plan["hosts"])))
    rules = [rule for rule in plan["hosts"][host]["rules"] if rule.get("ports")]
    networks = [ipaddress.ip_network(remote) for rule in rules for remote in rule["remotes"]] or [
        ipaddress.ip_network("10.0.0.0/24")
    ]
    network = draw(st.sampled_from(networks))
    edge = draw(st.sampled_from([network.network_address, network.broadcast_address]))
    source = draw(st.one_of(st.just(edge + draw(st.integers(-1, 1))), st.ip_addresses(v=4), st.ip_addresses(v=6)))
    edges = [int(number) for rule in rules for text in rule["ports"] for number in text.split("-")] or [443]
    near = st.sampled_from(edges).flatmap(lambda number: st.integers(max(1, number - 1), min(65535, number + 1)))
    port = draw(st.one_of(near, near, st.integers(1, 65535)))
    return str(source), host, draw(st.sampled_from(["tcp", "tcp", "udp"])), port


@pytest.mark.parametrize("name", PLANS)
@given(data=st.data())
def test_answers_are_those_of_the_rules_read_one_by_one(name: str, data: st.DataObject) -> None:
    plan, explainer = PLANS[name], EXPLAINERS[name]
    source, host, protocol, port = data.draw(questions(plan))
    answer = explainer.would_reach(source, host, protocol, port)
    assert answer.allowed == is_admitted(plan, source, host, protocol, port)
    assert any(ipaddress.ip_address(source) in ipaddress.ip_network(one) for one in answer.remotes) == answer.allowed
    assert bool(answer.missing) == (not answer.allowed)
    assert bool(answer.reasons) == bool(answer.remotes)


@settings(max_examples=30)
@given(data=st.data())
def test_every_open_port_has_its_flows_and_every_closed_one_a_reason(data: st.DataObject) -> None:
    catalogs = data.draw(estates.selections())
    estate = read_estate(data.draw(estates.inventories(catalogs)), catalogs=catalogs)
    compiled = compile_rules(catalogs, estate)
    explainer = Explainer(plan_document(catalogs, estate, compiled, ()))
    printed = [port for one in catalogs for flow in one.flows for channel in flow.unsecured for port in channel.ports]
    for host, requests in compiled.requests.items():
        asked: dict[tuple[str, int], set[str]] = {}
        for request in requests:
            for opening in request.openings if request.direction == "in" and request.destinations is None else ():
                for port in opening.ports:
                    for number in range(port.first, port.last + 1):
                        asked.setdefault((opening.protocol, number), set()).add(request.flow)
        some = data.draw(st.lists(st.sampled_from(printed), max_size=10))
        for protocol, number in {*asked, *((protocol, one.first) for one in some for protocol in ("tcp", "udp"))}:
            answer = explainer.why_open(host, protocol, number)
            assert answer.allowed == bool((protocol, number) in asked) == (not answer.missing)
            assert {reason.flow for reason in answer.reasons} >= asked.get((protocol, number), set())
            assert bool(answer.reasons) == answer.allowed


def test_a_reason_has_the_document_the_row_and_what_decides() -> None:
    plan = tiny_plan(printops_features=["scan"], printops_ports={"scan_ports": "50000-50009"})
    answer = Explainer(plan).why_open("agent1", "tcp", 50005)
    assert answer.remotes == ("10.1.0.0/24",)
    (reason,) = answer.reasons
    assert (reason.flow, reason.document, reason.purpose) == ("tiny/all/6", "Tiny: Ports, All, row 6", "Row 6.")
    assert reason.decided_by == ("printops_ports.scan_ports", "printops_features: scan")


def test_only_the_flows_that_ask_for_a_port_explain_it() -> None:
    explainer = Explainer(tiny_plan(printops_ports={"moved_port": 6031}))
    (rule,) = (rule for rule in explainer.rules("web1", direction="in") if rule.covers("tcp", 6031))
    assert rule.flows == ("tiny/all/2", "tiny/all/15")
    assert [reason.flow for reason in explainer.why_open("web1", "tcp", 6031).reasons] == ["tiny/all/15"]
    assert [reason.flow for reason in explainer.why_open("web1", "tcp", 6010).reasons] == ["tiny/all/2"]


def test_a_flow_explains_the_ports_it_has_as_server_and_as_client_of_a_host_that_decides_otherwise() -> None:
    data = tiny_data()
    data["flows"][2] = {**data["flows"][2], "secured": [{"protocol": "tcp", "ports": ["6021"]}]}
    plan = tiny_plan(catalog=tiny_catalog(data), own={"web2": {"printops_security": "secured"}})
    for port in (6020, 6021):
        assert [reason.flow for reason in Explainer(plan).why_open("web1", "tcp", port).reasons] == ["tiny/all/3"]


def test_what_a_host_may_reach_is_listed_too() -> None:
    rules = Explainer(tiny_plan()).rules("agent1", direction="out")
    assert [rule.what for rule in rules if rule.protocol == "icmp"] == ["icmp echo-request"]
    assert {rule.direction for rule in rules} == {"out"}
    assert Explainer(tiny_plan()).why_open("agent1", "icmp", 1).allowed is False


def test_a_network_may_only_if_all_of_it_may() -> None:
    explainer = Explainer(tiny_plan())
    assert explainer.would_reach("10.9.7.0/24", "web1", "tcp", 443).allowed
    assert not explainer.would_reach("10.8.0.0/15", "web1", "tcp", 443).allowed


def test_missing_where_the_source_is_in_no_network() -> None:
    (text,) = missing(tiny_plan(), "web1", 443, source="10.1.0.7")
    assert "10.1.0.7 is not among those" in text
    assert "as a user it belongs into printops_networks" in text


def test_missing_where_another_flow_on_the_open_port_waits_or_is_skipped() -> None:
    data = tiny_data()
    data["flows"][13] = {**data["flows"][13], "unsecured": [{"protocol": "tcp", "ports": ["443"]}]}
    text = " / ".join(missing(tiny_plan(catalog=tiny_catalog(data)), "web1", 443, source="10.1.0.7"))
    assert "10.1.0.7 is not among those" in text
    assert "tiny/all/14 is skipped: the document names no client for it" in text


@pytest.mark.parametrize(
    ("variables", "port", "said"),
    [
        ({}, 21, "tiny/all/6 waits for printops_features: Is scan in use?"),
        ({"printops_features": []}, 21, "tiny/all/6 is skipped: printops_features does not name scan"),
        ({"printops_features": ["scan"]}, 21, "tiny/all/6 waits for printops_ports.scan_ports: "),
        ({"printops_features": ["scan"]}, 50005, "tiny/all/6 waits for printops_ports.scan_ports: "),
        ({"printops_networks": {}}, 5022, "tiny/all/4 is skipped: no host or network for printer"),
        ({"printops_refuse": ["tiny/all/4"]}, 5021, "tiny/all/4 is skipped: refused by printops_refuse"),
        ({"printops_security": "secured"}, 5021, "tiny/all/4 has 5022 here instead, by printops_ports or"),
        ({}, 4242, "no row of the selected catalogs has 4242/tcp as a port of what agent1 runs (agent)"),
    ],
)
def test_missing_on_a_closed_port(variables: dict[str, t.Any], port: int, said: str) -> None:
    assert any(text.startswith(said) for text in missing(tiny_plan(**variables), "agent1", port))


def test_missing_where_a_risk_has_to_be_accepted() -> None:
    assert missing(tiny_plan(), "web1", 9000) == (
        "tiny/all/7 is skipped: opened only if printops_accept names it: It is a risk.",
    )
    assert Explainer(tiny_plan(printops_accept=["tiny/all/7"])).why_open("web1", "tcp", 9000).allowed


@pytest.mark.parametrize(
    ("name", "why"), [("lab", "no host or network for "), ("company", "opened only if printops_accept names it: ")]
)
def test_missing_for_every_closed_row_of_an_example_names_the_row(name: str, why: str) -> None:
    plan, explainer = PLANS[name], EXPLAINERS[name]
    skipped = {one["flow"]: one["why"] for one in plan["skipped"]}
    said: set[str] = set()
    for host, facts in plan["hosts"].items():
        runs = {component.removeprefix("safeq6_") for component in facts["components"]}
        for flow in skipped.keys() & {flow for flow, row in plan["flows"].items() if runs & {*row["to"]}}:
            for text in plan["flows"][flow]["ports"]:
                ports, _slash, protocol = text.partition("/")
                answer = explainer.why_open(host, protocol, int(ports.partition("-")[0]))
                assert answer.allowed or f"{flow} is skipped: {skipped[flow]}" in answer.missing
                said.update(() if answer.allowed else [flow])
    assert any(skipped[flow].startswith(why) for flow in said)


def test_missing_on_a_port_that_the_host_has_only_as_a_client() -> None:
    data = tiny_data()
    data["flows"][2] = {**data["flows"][2], "secured": [{"protocol": "tcp", "ports": ["6021"]}]}
    plan = tiny_plan(catalog=tiny_catalog(data), own={"web2": {"printops_security": "secured"}})
    (text,) = missing(plan, "web2", 6020)
    assert text == "tiny/all/3 has 6021 here instead, by printops_ports or printops_security"


def test_missing_where_a_flow_is_open_on_other_hosts_only() -> None:
    plan = tiny_plan(own={"web1": {"printops_refuse": ["tiny/all/1"]}})
    (text,) = missing(plan, "web1", 443)
    assert text.startswith("tiny/all/1 opens nothing on web1: it has no user within its reach, or what is decided")
    assert Explainer(plan).why_open("web2", "tcp", 443).allowed


def test_missing_on_a_moved_port() -> None:
    (text,) = missing(tiny_plan(printops_ports={"moved_port": 6031}), "web1", 6030)
    assert text == "tiny/all/15 has 6031 here instead, by printops_ports or printops_security"


def test_a_host_that_runs_a_part_of_a_component_is_an_end_of_its_flows() -> None:
    plan = tiny_plan(groups={"tiny_printer_a": ["p1"], "tiny_web": ["web1"]})
    assert plan["flows"]["tiny/all/9"]["to"] == ["printer", "printer_a"]
    data = tiny_data()
    data["flows"][3] = {**data["flows"][3], "client": ["agent"], "server": ["printer"]}
    plan = tiny_plan(groups={"tiny_printer_a": ["p1"], "tiny_web": ["web1"]}, catalog=tiny_catalog(data))
    assert missing(plan, "p1", 5022) == ("tiny/all/4 is skipped: no host or network for agent",)


@pytest.mark.parametrize("name", ["our_own", "tiny_web"])
def test_names_of_catalogs_may_hold_underscores(name: str) -> None:
    data = tiny_data()
    data["name"] = name
    data["flows"] = [{**flow, "id": flow["id"].replace("tiny/", f"{name}/")} for flow in data["flows"]]
    data["flows"][10]["secured_twin"] = f"{name}/all/12"
    plan = tiny_plan(groups={f"{name}_web": ["h1"], f"{name}_agent": ["h2"]}, catalog=tiny_catalog(data))
    assert Explainer(plan).why_open("h1", "tcp", 443).allowed
    assert missing(plan, "h2", 4242)[0].endswith("of what h2 runs (agent)")
    assert missing(plan, "h1", 9000)[0].startswith(f"{name}/all/7 is skipped: ")


def test_an_unknown_host_and_an_address_that_is_none_are_refused() -> None:
    explainer = Explainer(tiny_plan())
    with pytest.raises(PlanError, match="no host 'web3'; did you mean"):
        explainer.why_open("web3", "tcp", 443)
    with pytest.raises(PlanError, match="no host 'x'"):
        explainer.rules("x", direction="out")
    for wrong in ("printer", "10.9.0.1/16", "", "fe80::1%eth0"):
        with pytest.raises(PlanError, match="is no address"):
            explainer.would_reach(wrong, "web1", "tcp", 443)
