# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One flow under one set of decisions."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.load import build_catalog
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import compile_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.resolve import Resolution, Resolver
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.decisions import (
    DecisionNames,
    Decisions,
    read_decisions,
)
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import (
    inventory,
    tiny_catalog,
    tiny_data,
)

CATALOG = tiny_catalog()
RESOLVER = Resolver(CATALOG)


def resolve(row: int, **variables: t.Any) -> Resolution:
    given = {f"printops_{name}": value for name, value in variables.items()}
    decisions = read_decisions(given, host="web1", names=DecisionNames.of([CATALOG]))
    return RESOLVER.resolve(CATALOG.flows[row - 1], decisions)


def ports(resolution: Resolution) -> list[str]:
    return [f"{port}/{one.protocol}" for one in resolution.openings for port in one.ports]


@pytest.mark.parametrize(
    ("row", "variables", "expected"),
    [
        (1, {}, ["80/tcp", "443/tcp"]),
        (1, {"security": "secured"}, ["443/tcp"]),
        (1, {"security": "secured_only"}, ["443/tcp"]),
        (2, {"security": "secured"}, ["6010/tcp"]),
        (2, {"security": "secured_only", "accept": ["tiny/all/2"]}, ["6010/tcp"]),
        (5, {"ports": {"install_port": "443, 444"}}, ["443/tcp", "444/tcp"]),
        (6, {"features": ["scan"], "ports": {"scan_ports": 22}}, ["21/tcp", "22/tcp"]),
        (6, {"accept": ["tiny/all/6"], "ports": {"scan_ports": 22}}, ["21/tcp", "22/tcp"]),
        (7, {"accept": ["tiny/all/7"]}, ["9000/tcp"]),
        (11, {"security": "secured", "accept": ["tiny/all/11"]}, ["8080/tcp"]),
        (15, {}, ["6030/tcp"]),
        (15, {"ports": {"moved_port": 6031}}, ["6031/tcp"]),
    ],
)
def test_ports_that_open(row: int, variables: dict[str, t.Any], expected: list[str]) -> None:
    resolution = resolve(row, **variables)
    assert ports(resolution) == expected
    assert not resolution.questions
    assert not resolution.declined


@pytest.mark.parametrize("treatment", ["obsolete", "not_ip", "unanswered"])
def test_a_closed_twin_carries_nothing_encrypted(treatment: str) -> None:
    data = tiny_data()
    data["flows"][11] |= {"treatment": treatment, "because": "Closed."}
    resolver = Resolver(build_catalog(data, sha256=""))
    secured = Decisions(security="secured")
    flows = {flow.id: flow for flow in build_catalog(data, sha256="").flows}
    assert ports(resolver.resolve(flows["tiny/all/11"], secured)) == ["8080/tcp"]
    assert resolver.resolve(flows["tiny/all/12"], secured).declined == "Closed."


@pytest.mark.parametrize(
    ("row", "variables", "why"),
    [
        (1, {"refuse": ["tiny/all/1"]}, "refused by printops_refuse"),
        (6, {"features": []}, "printops_features does not name scan"),
        (7, {}, "opened only if printops_accept names it: It is a risk."),
        (11, {"security": "secured"}, "tiny/all/12 carries it encrypted"),
    ],
)
def test_flows_that_are_declined(row: int, variables: dict[str, t.Any], why: str) -> None:
    assert resolve(row, **variables) == Resolution(declined=why)


@pytest.mark.parametrize(
    ("row", "variables", "field", "variable", "suggested"),
    [
        (5, {}, "port", "printops_ports.install_port", "443"),
        (6, {}, "feature", "printops_features", None),
        (6, {"features": ["scan"]}, "port", "printops_ports.scan_ports", None),
        (2, {"security": "secured_only"}, "security", "printops_accept", None),
    ],
)
def test_flows_that_wait_for_an_answer(
    row: int, variables: dict[str, t.Any], field: str, variable: str, suggested: str | None
) -> None:
    resolution = resolve(row, **variables)
    (question,) = resolution.questions
    assert (question.field, question.variable, question.suggested) == (field, variable, suggested)
    assert question.why
    assert not resolution.openings


def test_a_ping_is_no_plaintext() -> None:
    assert resolve(9, security="secured_only").openings[0].icmp_types == ("echo-request",)


@pytest.mark.parametrize(
    ("features", "outcome"),
    [
        (None, "asks"),
        ([], "closed"),
        (["direct_secure_release"], "open"),
        (["workstation_policies"], "open"),
        (["workstation_policies", "direct_secure_release"], "open"),
    ],
)
def test_any_of_several_features_opens_a_row(features: list[str] | None, outcome: str) -> None:
    hosts = {"s": {"ansible_host": "10.0.0.1", "printops_networks": {"pdm": ["10.1.0.0/24"]},
                   **({} if features is None else {"printops_features": features})}}  # fmt: skip
    plan = compile_plan(inventory({"lrs_serverx": ["s"]}, hosts))
    row = "lrs/required/22"
    is_open = any(row in rule["flows"] for rule in plan["hosts"]["s"]["rules"])
    asks = {one["set"] for one in plan["open_inputs"] if one["flow"] == row}
    assert (is_open, bool(asks)) == (outcome == "open", outcome == "asks")
