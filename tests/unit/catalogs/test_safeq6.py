# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalog of SafeQ 6 against what the vendor's document is known to hold.

The document itself is not in the repository; its statistics and its odd rows were taken down by hand.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

CATALOGS = Path(__file__).parents[3] / "plugins" / "catalogs"
CATALOG: dict[str, Any] = yaml.safe_load((CATALOGS / "safeq6.yml").read_text(encoding="utf-8"))
FLOWS: dict[str, dict[str, Any]] = {flow["id"].partition("/")[2]: flow for flow in CATALOG["flows"]}
COMPONENTS: dict[str, dict[str, Any]] = CATALOG["components"]
COLUMNS = ["client", "server", "unsecured", "secured", "application", "network"]
ROWS = {
    "management": 8, "spooler-controller": 17, "terminal-server": 49, "flexi-spooler": 7,
    "workflow-processing-system": 2, "payment": 10, "mfd": 25, "database-server": 4, "ldap": 4, "microsoft": 6,
    "edee": 1, "ims": 5, "terminal-ultralight": 4, "terminal-pro-35": 4, "others": 38,
}  # fmt: skip
WIDE_RANGE = "1024-65535"
SINGLE = re.compile(r"\d+")
PATTERNS = {
    "single": SINGLE,
    "slash": re.compile(r"\d+(/\d+)+"),
    "list": re.compile(r"\d+(, \d+)+"),
}
PORT_CELL_CLASSES = {
    ("single", "single"): 80, ("single", "n/a"): 46, ("User defined", "User defined"): 14, ("n/a", "n/a"): 12,
    ("slash", "slash"): 7, ("", ""): 6, ("n/a", "single"): 4, (f"21, {WIDE_RANGE}", "n/a"): 3, ("list", "n/a"): 2,
    ("slash", "single"): 2, ("single", "list"): 1, ("single", ""): 1, ("Device-dependent", "Device-dependent"): 1,
    (WIDE_RANGE, "n/a"): 1, ("5432 (External) / 5433 (Embedded)",) * 2: 1, ("137/138 (UDP)",) * 2: 1,
    ("137/138 UDP",) * 2: 1, ("", "HTTPS + AMQP"): 1,
}  # fmt: skip


def column_channels(flow: dict[str, Any], column: str) -> list[str]:
    """Channels as text: `tcp 80,443 ?decision`, so that a table of expectations stays readable."""
    shown = []
    for channel in flow.get(column, []):
        numbers = ",".join(channel.get("ports", []) or channel.get("icmp_types", []))
        decision = f"?{channel['decision']}" if "decision" in channel else ""
        shown.append(" ".join(part for part in (channel["protocol"], numbers, decision) if part))
    return shown


def expand(ports: list[str]) -> set[int]:
    bounds = [port.partition("-") for port in ports]
    return {number for low, _dash, high in bounds for number in range(int(low), int(high or low) + 1)}


def decisions_of(flow: dict[str, Any], *columns: str) -> set[str]:
    return {channel["decision"] for column in columns for channel in flow.get(column, []) if "decision" in channel}


def cells_read(flow: dict[str, Any]) -> set[str]:
    return {reading["cell"] for reading in flow.get("readings", [])}


def cell_class(cell: str) -> str:
    return next((name for name, pattern in PATTERNS.items() if pattern.fullmatch(cell)), cell)


def test_obeys_the_schema() -> None:
    schema = json.loads((CATALOGS / "schema.json").read_text(encoding="utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(CATALOG)] == []


def test_rows_are_numbered_in_printed_order() -> None:
    assert {slug: section["rows"] for slug, section in CATALOG["sections"].items()} == ROWS
    assert list(CATALOG["sections"]) == list(ROWS)
    expected = [f"safeq6/{slug}/{row}" for slug, count in ROWS.items() for row in range(1, count + 1)]
    assert [flow["id"] for flow in CATALOG["flows"]] == expected
    assert len(expected) == 184


def test_each_row_has_the_cells_of_the_document() -> None:
    assert CATALOG["document"]["columns"] == COLUMNS
    for flow in CATALOG["flows"]:
        assert list(flow["as_printed"]) == COLUMNS, flow["id"]
        assert all(cell == cell.strip() for cell in flow["as_printed"].values()), flow["id"]


def test_printed_statistics() -> None:
    cells = [flow["as_printed"] for flow in CATALOG["flows"]]
    networks = Counter(row["network"] for row in cells)
    assert networks == {"TCP": 153, "": 15, "UDP": 11, "TCP/UDP": 4, "ICMP": 1}
    assert Counter((cell_class(row["unsecured"]), cell_class(row["secured"])) for row in cells) == PORT_CELL_CLASSES
    repeated = [row["secured"] for row in cells if row["secured"] == row["unsecured"] and row["secured"][:1].isdigit()]
    assert len(repeated) == 33
    assert sum(1 for cell in repeated if SINGLE.fullmatch(cell)) == 30
    assert sum(1 for row in cells if row["secured"] == "n/a" != row["unsecured"]) == 52
    assert sum(1 for row in cells for cell in row.values() if cell == "–") == 1


@pytest.mark.parametrize("end", ["client", "server"])
def test_names_and_components_agree(end: str) -> None:
    for flow in CATALOG["flows"]:
        for component in flow[end]:
            assert flow["as_printed"][end] in COMPONENTS[component]["printed"], (flow["id"], component)
    assert [flow["id"] for flow in CATALOG["flows"] if not flow[end]] == (
        ["safeq6/others/27"] if end == "client" else []
    )


def test_each_printed_name_of_a_component_is_used_for_it() -> None:
    used = {
        (c, flow["as_printed"][end]) for flow in CATALOG["flows"] for end in ("client", "server") for c in flow[end]
    }
    assert {(name, printed) for name, component in COMPONENTS.items() for printed in component["printed"]} == used


def test_decisions_and_features_are_declared_and_used() -> None:
    used = {decision for flow in CATALOG["flows"] for decision in decisions_of(flow, "unsecured", "secured")}
    assert used == set(CATALOG["decisions"])
    assert {flow["feature"] for flow in CATALOG["flows"] if "feature" in flow} == set(CATALOG["features"])


def test_part_of_ends_in_components_without_a_parent() -> None:
    for name in COMPONENTS:
        seen: set[str] = set()
        level = {name}
        while level:
            assert not level & seen, f"{name} is a part of itself"
            seen |= level
            level = {parent for child in level for parent in COMPONENTS[child].get("part_of", [])}
    brands = {name for name in COMPONENTS if name.startswith("mfd_")}
    assert len(brands) == 20
    assert all(COMPONENTS[name]["kind"] == "device" and COMPONENTS[name]["part_of"] for name in brands)


@pytest.mark.parametrize("column", ["unsecured", "secured"])
def test_ports_are_the_printed_ones(column: str) -> None:
    for key, flow in FLOWS.items():
        if key == "microsoft/1":
            continue  # its 80 stands in the wrong column; the table of odd rows has it
        cell = flow["as_printed"][column].replace(WIDE_RANGE, "")
        printed = {int(number) for number in re.findall(r"\d+", cell)}
        channels = flow.get(column, [])
        offered = {
            int(port) for name in decisions_of(flow, column) for port in CATALOG["decisions"][name].get("choices", [])
        }
        fixed = set().union(*(expand(channel.get("ports", [])) for channel in channels))
        assert (printed <= offered and not fixed) if offered else (fixed == printed), key
        if cell == "n/a" and flow["as_printed"]["unsecured"] != flow["as_printed"]["secured"]:
            assert not channels, key


def test_protocols_are_the_printed_ones_unless_a_reading_tells() -> None:
    printed = {"TCP": {"tcp"}, "UDP": {"udp"}, "TCP/UDP": {"tcp", "udp"}, "ICMP": {"icmp"}}
    for key, flow in FLOWS.items():
        protocols = {channel["protocol"] for column in ("unsecured", "secured") for channel in flow.get(column, [])}
        if protocols != printed.get(flow["as_printed"]["network"]):
            assert "network" in cells_read(flow), key


def test_nothing_unclear_is_read_in_silence() -> None:
    for key, flow in FLOWS.items():
        cells = flow["as_printed"]
        if cells["network"] == "":
            assert "network" in cells_read(flow), key
        for column, other in (("unsecured", "secured"), ("secured", "unsecured")):
            if cells[column] in ("User defined", "Device-dependent"):
                assert decisions_of(flow, column), key
            elif cells["network"] != "ICMP" and (cells[column] == "" or cells[column] == cells[other] == "n/a"):
                assert column in cells_read(flow), key


def test_decisions_for_a_range_never_suggest_ports() -> None:
    wide = {key: flow for key, flow in FLOWS.items() if WIDE_RANGE in flow["as_printed"]["unsecured"]}
    assert set(wide) == {"terminal-server/42", "mfd/11", "mfd/13", "mfd/24"}
    for key, flow in wide.items():
        assert "wide_range" in flow["risks"], key
        names = decisions_of(flow, "unsecured")
        assert names and not any("suggested" in CATALOG["decisions"][name] for name in names), key


def test_jmx_is_opt_in_and_local() -> None:
    jmx = {key for key, flow in FLOWS.items() if "JMX" in flow["as_printed"]["application"]}
    assert jmx == {"management/7", *(f"spooler-controller/{row}" for row in range(12, 16)), "ldap/1", "ldap/2"}
    for key in jmx:
        flow = FLOWS[key]
        assert (flow["treatment"], flow["bound_to_localhost"]) == ("opt_in", True), key
        assert ("rmi" in flow["risks"]) == ("RMI" in flow["as_printed"]["application"]), key
    assert {key: FLOWS[key]["rmi_twin"] for key in jmx if "rmi_twin" in FLOWS[key]} == {
        "spooler-controller/13": "safeq6/spooler-controller/12",
        "spooler-controller/14": "safeq6/spooler-controller/15",
        "ldap/1": "safeq6/ldap/2",
    }
    others = {key: flow["treatment"] for key, flow in FLOWS.items() if "treatment" in flow and key not in jmx}
    assert others == {"mfd/22": "not_ip", "others/27": "opt_in"}


def test_peers_stay_in_their_cluster() -> None:
    for key, flow in FLOWS.items():
        assert (flow["client"] == flow["server"]) == (flow.get("scope") == "cluster"), key


MAIL = ["tcp ?mail_server_port"]
NETBIOS = ["udp 137,138"]
ODD_ROWS: list[tuple[str, list[str], list[str]]] = [
    ("management/8", ["tcp 4099"], []),
    ("terminal-server/4", ["tcp 389"], ["tcp 389"]),
    ("terminal-server/11", ["tcp 5021"], ["tcp 5014-5019,5022"]),
    ("terminal-server/27", ["tcp 5025"], ["tcp 5025"]),
    ("terminal-server/31", ["tcp 389"], ["tcp 636"]),
    ("terminal-server/42", ["tcp 21 ?ftp_port", "tcp ?ftp_passive_ports"], []),
    ("terminal-server/43", ["tcp ?webdav_port"], ["tcp ?webdav_port"]),
    ("workflow-processing-system/2", ["tcp ?wps_scan_share_port"], ["tcp ?wps_scan_share_port"]),
    ("payment/4", ["tcp 4196,4198"], ["tcp 4197,4199"]),
    ("payment/5", ["tcp ?payment_gateway_port"], ["tcp ?payment_gateway_port"]),
    ("payment/8", ["tcp ?termtool_port"], []),
    ("mfd/1", ["icmp echo-request"], []),
    ("mfd/3", ["udp ?mfd_snmp_port"], ["udp ?mfd_snmp_port"]),
    ("mfd/4", ["tcp 80,8080"], ["tcp 443,51443"]),
    ("mfd/9", ["tcp 50083"], []),
    ("mfd/11", ["tcp 21", "tcp ?ftp_passive_ports_mfd"], []),
    ("mfd/16", ["udp 161"], []),
    ("mfd/22", [], []),
    ("mfd/23", ["tcp 515", "tcp 9100", "tcp 80"], ["tcp 443,631"]),
    ("mfd/24", ["tcp ?ftp_active_ports"], []),
    ("database-server/3", ["tcp ?database_pgsql_port"], ["tcp ?database_pgsql_port"]),
    ("microsoft/1", ["tcp 80"], ["tcp ?exchange_https_port"]),
    ("microsoft/2", [], ["tcp ?microsoft_365_port"]),
    ("terminal-ultralight/4", ["udp ?terminal_snmp_port", "tcp ?terminal_snmp_port"], []),
    ("others/2", ["tcp 80,81"], []),
    ("others/4", ["tcp 7801,7802", "udp 7801,7802"], []),
    ("others/5", MAIL, MAIL),
    ("others/13", NETBIOS, NETBIOS),
    ("others/14", NETBIOS, NETBIOS),
    ("others/15", [], ["tcp 443"]),
    ("others/18", MAIL, MAIL),
    ("others/20", MAIL, []),
    ("others/27", ["tcp 9009"], []),
    ("others/34", ["tcp 5515", "tcp 5631"], ["tcp 5632"]),
    ("others/35", ["tcp ?spooler_file_system_port"], []),
    ("others/38", [], ["tcp ?edge_config_https_port", "tcp ?edge_config_amqp_port"]),
]


@pytest.mark.parametrize(("key", "unsecured", "secured"), ODD_ROWS, ids=[row[0] for row in ODD_ROWS])
def test_odd_rows(key: str, unsecured: list[str], secured: list[str]) -> None:
    flow = FLOWS[key]
    assert (column_channels(flow, "unsecured"), column_channels(flow, "secured")) == (unsecured, secured)
