# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalog of SafeQ 5 against what the vendor's document is known to hold.

The document itself is not in the repository; its statistics and its odd rows were taken down by hand.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

CATALOGS = Path(__file__).parents[3] / "plugins" / "catalogs"
CATALOG: dict[str, Any] = yaml.safe_load((CATALOGS / "safeq5.yml").read_text(encoding="utf-8"))
FLOWS: dict[str, dict[str, Any]] = {flow["id"].partition("/")[2]: flow for flow in CATALOG["flows"]}
COMPONENTS: dict[str, dict[str, Any]] = CATALOG["components"]
COLUMNS = ["required", "type", "port"]
PRINTED_PORTS = {
    "workstation-to-server": [
        "80/443", "9100", "9100", "515", "4097", "2382/2383", "19898", "9797", "9696", "9002", "9898", "9999", "9000",
        "9005", "19044", "4096",
    ],
    "server-to-printer": [
        "9100", "515", "80/443", "9100", "64099", "4095", "50001/50003", "80, 443, 8080, 51443 64098", "161",
        "49629, 49630", "80, 443", "80, 50003", "80/443", "80", "7627", "161", ">1023",
    ],
    "printer-to-server": [
        "4096", "37", "5012, 5021, 5022", "5011, 5012, 5013", "5021, 5022", "5014-5019", "5025", "389", "5011/5012",
        "5020", "25", "443", "139", "21", ">1023",
    ],
    "inter-server": [
        "4099", "4111, 4101", "6010", "4139", "5556", "8000", "6020", "configurable", "7800", "20222", "20223",
        "20224", "20225", "9100", "5556", "2380", "2379",
    ],
    "other": [
        "636", "389", "3268", "4100", "4444", "4196", "4197", "4198", "4199", "8080", "8443", "25", "80", "1434",
        "see description", "5353", "8050",
    ],
    "cluster-installation": ["4111", "6020", "443"],
}  # fmt: skip
IMPLICIT_ENDS = ("workstation-to-server", "server-to-printer", "printer-to-server")
PROPERTIES = {
    "cmlJmxServerPort": "port", "cmlJmxNetworkInterface": "interface",
    "ldapReplicatorServicePort": "port", "ldapJmxNetworkInterface": "interface", "ldapJmxRmiServerPort": "port",
    "orsJmxServerPort": "port", "orsJmxNetworkInterface": "interface", "jmxRmiServerPort": "port",
    "crsJmxServerPort": "port", "crsJmxNetworkInterface": "interface",
    "dbSyncJmxServerPort": "port", "dbSyncJmxNetworkInterface": "interface", "dbSyncRmiServerPort": "port",
    "useSSLProxy": "toggle", "timeServerEnable": "toggle",
    "preview-provider-port": "port", "rs-terminal-update-port": "port", "ftpPassivePorts": "port_range",
}  # fmt: skip
LOCALHOST_PORTS = {"19898", "9797", "9696", "9002", "9898", "9999", "9000", "9005"}
RMI_ROWS = {f"inter-server/{row}" for row in range(10, 14)}
JMX_ROWS = {f"workstation-to-server/{row}" for row in range(7, 16)}
TWINS = {"other/2": "other/1", "other/3": "other/1", "other/6": "other/7", "other/8": "other/9", "other/10": "other/11"}
BRANDS = {"konica_minolta", "ricoh", "xerox", "fuji_xerox", "sharp", "toshiba", "samsung", "hp"}

BROWSER_CONDITION = "Mandatory with YSoft SQTA or YSoft SafeQ Embedded Terminal for Browser (HP/Sharp/Toshiba EAL)"
NAMED_INSTANCE = "Mandatory (if using external MS SQL server with named instance)"
# row, cell, the cell as printed, what it is read as, unsecured channels, secured channels
ODD_ROWS = [
    ("workstation-to-server/1", "port", "80/443", "80 plain, 443 encrypted", ["tcp 80"], ["tcp 443"]),
    ("workstation-to-server/6", "port", "2382/2383", "2382 and 2383", ["tcp 2382,2383"], []),
    ("workstation-to-server/7", "required", "Optional / Recommended from Localhost (monitoring only)", "optional",
     ["tcp 19898 ?cml_jmx_port"], []),
    ("workstation-to-server/9", "required", "Recommended from Localhost", "recommended",
     ["tcp 9696 ?ldap_replicator_jmx_port"], []),
    ("server-to-printer/3", "port", "80/443", "80 plain, 443 encrypted", ["tcp 80"], ["tcp 443"]),
    ("server-to-printer/7", "port", "50001/50003", "50001 plain, 50003 encrypted", ["tcp 50001"], ["tcp 50003"]),
    ("server-to-printer/8", "port", "80, 443, 8080, 51443 64098",
     "80, 443, 8080 and 51443 for installation, 64098 for configuration", ["tcp 80,443,8080,51443", "tcp 64098"], []),
    ("server-to-printer/12", "port", "80, 50003", "80 for HTTP and 50003 for encrypted web services",
     ["tcp 80", "tcp 50003"], []),
    ("server-to-printer/17", "port", ">1023", "ftp_active_ports", ["tcp ?ftp_active_ports"], []),
    ("printer-to-server/3", "port", "5012, 5021, 5022",
     "5012 encrypted for accounting; 5021 plain and 5022 encrypted for the terminal application",
     ["tcp 5021"], ["tcp 5012", "tcp 5022"]),
    ("printer-to-server/4", "port", "5011, 5012, 5013", "5011 and 5013 plain, 5012 encrypted",
     ["tcp 5011,5013"], ["tcp 5012"]),
    ("printer-to-server/7", "port", "5025", "5025 plain or encrypted", ["tcp 5025"], ["tcp 5025"]),
    ("printer-to-server/8", "port", "389", "389, or 390 where 389 is taken", ["tcp 389 ?internal_ldap_port"], []),
    ("printer-to-server/9", "port", "5011/5012", "5011 plain, 5012 encrypted", ["tcp 5011"], ["tcp 5012"]),
    ("printer-to-server/12", "required", "Mandatory for WebDAV scanning", "mandatory with WebDAV scanning",
     [], ["tcp 443"]),
    ("printer-to-server/15", "port", ">1023", "ftp_passive_ports", ["tcp ?ftp_passive_ports"], []),
    ("inter-server/2", "port", "4111, 4101", "4111 and 4101", ["tcp 4111,4101"], []),
    ("inter-server/8", "type", "UDP Multicast", "udp", ["udp ?near_roaming_multicast_port"], []),
    ("inter-server/8", "port", "configurable", "near_roaming_multicast_port",
     ["udp ?near_roaming_multicast_port"], []),
    ("inter-server/10", "required", "Mandatory for web status information",
     "mandatory for the status pages, not for the product", ["tcp 20222"], []),
    ("other/1", "required", "Mandatory for LDAP synchronization", "mandatory with LDAP synchronization over TLS",
     [], ["tcp 636"]),
    ("other/2", "required", "Optional", "optional, with LDAP synchronization", ["tcp 389"], []),
    ("other/15", "port", "see description", "mssql_instance_port", ["tcp ?mssql_instance_port"], []),
]  # fmt: skip
# row, clients, servers, scope
ENDS = [
    ("workstation-to-server/9", ["cml", "jconsole"], ["ldap_replicator"], "any"),
    ("workstation-to-server/11", ["jconsole"], ["ors", "crs"], "any"),
    ("workstation-to-server/13", ["jconsole"], ["cml", "ors", "crs"], "any"),
    ("server-to-printer/4", ["cml", "ors"], ["terminal_professional"], "any"),
    ("server-to-printer/5", ["cml", "ors"], ["terminal_professional", "terminal_ultralight"], "site"),
    ("server-to-printer/7", ["terminal_server"], ["mfd_konica_minolta", "mfd_xerox", "mfd_sharp"], "site"),
    ("server-to-printer/11", ["terminal_server"], ["mfd_xerox", "mfd_fuji_xerox"], "site"),
    ("printer-to-server/8", ["mfd_xerox", "mfd_toshiba"], ["terminal_server"], "site"),
    ("inter-server/1", ["cml"], ["cml"], "cluster"),
    ("inter-server/5", ["terminal_server"], ["cml", "ors"], "host"),
    ("inter-server/10", ["cml", "mobile_print_server"], ["cml"], "any"),
    ("inter-server/14", ["ap_connector"], ["cml", "ors"], "any"),
    ("inter-server/17", ["terminal_server"], ["etcd"], "host"),
    ("other/4", ["terminal_professional", "terminal_ultralight"], ["cml", "ors"], "any"),
    ("other/10", ["cml", "terminal_server"], ["payment_system"], "any"),
    ("other/12", ["cml", "ors"], ["mail_server"], "any"),
    ("other/13", ["safeq_client"], ["ors_web"], "site"),
    ("other/16", ["ap_connector"], ["mdns"], "any"),
    ("other/17", ["mobile_device"], ["ap_connector"], "any"),
]


def column_channels(flow: dict[str, Any], column: str) -> list[str]:
    """Channels as text: `tcp 80,443 ?decision`, so that a table of expectations stays readable."""
    shown = []
    for channel in flow.get(column, []):
        decision = f"?{channel['decision']}" if "decision" in channel else ""
        shown.append(
            " ".join(part for part in (channel["protocol"], ",".join(channel.get("ports", [])), decision) if part)
        )
    return shown


def channels(flow: dict[str, Any]) -> list[dict[str, Any]]:
    return [*flow.get("unsecured", []), *flow.get("secured", [])]


def readings(flow: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {reading["cell"]: reading for reading in flow.get("readings", [])}


def rows_with(key: str) -> set[str]:
    return {row for row, flow in FLOWS.items() if flow.get(key)}


def test_obeys_the_schema() -> None:
    schema = json.loads((CATALOGS / "schema.json").read_text(encoding="utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(CATALOG)] == []


def test_rows_are_numbered_in_printed_order() -> None:
    counts = {slug: len(ports) for slug, ports in PRINTED_PORTS.items()}
    assert list(counts.values()) == [16, 17, 15, 17, 17, 3]
    assert [(slug, section["rows"]) for slug, section in CATALOG["sections"].items()] == list(counts.items())
    expected = [f"safeq5/{slug}/{row}" for slug, count in counts.items() for row in range(1, count + 1)]
    assert [flow["id"] for flow in CATALOG["flows"]] == expected
    assert len(expected) == 85


def test_each_row_has_the_cells_of_the_document() -> None:
    assert CATALOG["document"]["columns"] == COLUMNS
    for row, flow in FLOWS.items():
        assert list(flow["as_printed"]) == COLUMNS, row
        assert all(cell and cell == " ".join(cell.split()) for cell in flow["as_printed"].values()), row
    printed = {slug: [FLOWS[f"{slug}/{row}"]["as_printed"]["port"] for row in range(1, len(ports) + 1)]
               for slug, ports in PRINTED_PORTS.items()}  # fmt: skip
    assert printed == PRINTED_PORTS


def test_printed_statistics() -> None:
    cells = [flow["as_printed"] for flow in CATALOG["flows"]]
    assert Counter(row["type"] for row in cells) == {"TCP": 78, "UDP": 6, "UDP Multicast": 1}
    phrases = Counter(row["required"] for row in cells)
    assert len(phrases) == 47
    assert phrases[BROWSER_CONDITION] == 1
    assert phrases[NAMED_INSTANCE] == 2
    assert phrases["Optional (if using Payment system)"] == 7
    first_words = Counter(row["required"].split()[0] for row in cells)
    assert first_words == {"Mandatory": 46, "Optional": 37, "Recommended": 2}


def test_level_is_the_first_word_of_the_cell() -> None:
    for row, flow in FLOWS.items():
        assert flow["requirement"]["level"] == flow["as_printed"]["required"].split()[0].lower(), row


def test_protocols_are_those_of_the_type_cell() -> None:
    for row, flow in FLOWS.items():
        printed = flow["as_printed"]["type"].split()[0].lower()
        assert {channel["protocol"] for channel in channels(flow)} == {printed}, row


def test_fixed_ports_are_those_of_the_port_cell() -> None:
    for row, flow in FLOWS.items():
        cell = flow["as_printed"]["port"]
        numbers = set() if cell.startswith(">") else set(cell.replace("/", " ").replace(",", " ").split())
        read = {port for channel in channels(flow) for port in channel.get("ports", [])}
        assert read == {number for number in numbers if number[0].isdigit()}, row
        assert read or any("decision" in channel for channel in channels(flow)), row


def test_names_used_and_names_declared_agree() -> None:
    flows = FLOWS.values()
    assert {end for flow in flows for end in (*flow["client"], *flow["server"])} == set(COMPONENTS)
    assert {flow["feature"] for flow in flows if "feature" in flow} == set(CATALOG["features"])
    decisions = {channel["decision"] for flow in flows for channel in channels(flow) if "decision" in channel}
    decisions |= {flow["travels"]["decision"] for flow in flows if "decision" in flow.get("travels", {})}
    assert decisions == set(CATALOG["decisions"])
    owners = {entry["component"] for flow in flows for entry in flow.get("properties", []) if "component" in entry}
    assert owners <= set(COMPONENTS)


def test_brands_are_mfds() -> None:
    assert {name for name, component in COMPONENTS.items() if component.get("part_of") == ["mfd"]} == {
        f"mfd_{brand}" for brand in BRANDS
    }
    assert {general for c in COMPONENTS.values() for general in c.get("part_of", [])} <= set(COMPONENTS)


def test_brand_conditions_are_components_and_not_features() -> None:
    for row, flow in FLOWS.items():
        if any(end.startswith("mfd_") for end in (*flow["client"], *flow["server"])):
            assert "feature" not in flow, row


@pytest.mark.parametrize(("row", "cell", "printed", "read_as", "unsecured", "secured"), ODD_ROWS)
def test_odd_row(row: str, cell: str, printed: str, read_as: str, unsecured: list[str], secured: list[str]) -> None:
    flow = FLOWS[row]
    assert flow["as_printed"][cell] == printed
    assert readings(flow)[cell]["read_as"] == read_as
    assert column_channels(flow, "unsecured") == unsecured
    assert column_channels(flow, "secured") == secured


@pytest.mark.parametrize(("row", "client", "server", "scope"), ENDS)
def test_ends(row: str, client: list[str], server: list[str], scope: str) -> None:
    flow = FLOWS[row]
    assert (flow["client"], flow["server"], flow.get("scope", "any")) == (client, server, scope)


def test_ends_that_are_not_printed_have_a_reading() -> None:
    for row, flow in FLOWS.items():
        if row.partition("/")[0] in IMPLICIT_ENDS:
            assert readings(flow)["source"]["read_as"] == ", ".join(flow["client"]), row
            assert readings(flow)["destination"]["read_as"] == ", ".join(flow["server"]), row


def test_peers_are_cluster_members() -> None:
    peers = {row for row, flow in FLOWS.items() if flow["client"] == flow["server"]}
    assert peers == {row for row, flow in FLOWS.items() if flow.get("scope") == "cluster"}
    assert len(peers) == 10


def test_jmx_is_opt_in_and_bound_to_localhost_where_the_document_says_so() -> None:
    assert {row for row, flow in FLOWS.items() if flow.get("risks") == ["jmx"]} == JMX_ROWS
    assert all(FLOWS[row]["treatment"] == "opt_in" for row in JMX_ROWS)
    bound = rows_with("bound_to_localhost")
    assert {FLOWS[row]["as_printed"]["port"] for row in bound} == LOCALHOST_PORTS
    assert len(bound) == 8
    assert JMX_ROWS - bound == {"workstation-to-server/15"}
    going_on = {row: FLOWS[row]["rmi_twin"].removeprefix("safeq5/") for row in JMX_ROWS if "rmi_twin" in FLOWS[row]}
    assert {*going_on} | {*going_on.values()} == JMX_ROWS
    assert all({*FLOWS[row]["server"]} <= {*FLOWS[twin]["server"]} for row, twin in going_on.items())


def test_rmi_is_opt_in_and_worth_blocking() -> None:
    assert {row for row, flow in FLOWS.items() if flow.get("risks") == ["rmi"]} == RMI_ROWS
    assert rows_with("consider_blocking") == RMI_ROWS
    assert {row for row, flow in FLOWS.items() if flow.get("treatment") == "opt_in"} == JMX_ROWS | RMI_ROWS


def test_obsolete_row() -> None:
    assert [row for row, flow in FLOWS.items() if flow.get("treatment") == "obsolete"] == ["other/5"]


def test_properties() -> None:
    entries = [entry for flow in FLOWS.values() for entry in flow.get("properties", [])]
    assert len({entry["name"] for entry in entries}) == 18
    assert {entry["name"]: entry["sets"] for entry in entries} == PROPERTIES
    owners = {entry["component"] for entry in entries if entry["name"] == "jmxRmiServerPort"}
    assert owners == {"cml", "ors", "crs"}


def test_a_port_that_a_property_moves_has_a_decision() -> None:
    for row, flow in FLOWS.items():
        if any(entry["sets"] in ("port", "port_range") for entry in flow.get("properties", [])):
            assert all("decision" in channel for channel in channels(flow)), row


def test_wide_ranges_are_decisions() -> None:
    wide = {row for row, flow in FLOWS.items() if "wide_range" in flow.get("risks", [])}
    assert wide == {row for row, flow in FLOWS.items() if flow["as_printed"]["port"] == ">1023"}
    assert all("ports" not in channel for row in wide for channel in channels(FLOWS[row]))


def test_encrypted_counterparts() -> None:
    twins = {row: flow["secured_twin"] for row, flow in FLOWS.items() if "secured_twin" in flow}
    assert twins == {row: f"safeq5/{twin}" for row, twin in TWINS.items()}
    for row, twin in TWINS.items():
        assert "secured" not in FLOWS[row]
        assert "unsecured" not in FLOWS[twin]
        assert (FLOWS[row]["client"], FLOWS[row]["server"]) == (FLOWS[twin]["client"], FLOWS[twin]["server"])


def test_how_flows_travel() -> None:
    travels = {row: flow["travels"] for row, flow in FLOWS.items() if "travels" in flow}
    assert travels == {
        "server-to-printer/5": {"by": ["broadcast"]},
        "inter-server/8": {"by": ["multicast"], "decision": "near_roaming_multicast_group"},
        "other/16": {
            "by": ["multicast"],
            "groups": ["224.0.0.251", "ff02::fb"],
            "members": ["ap_connector", "mobile_device"],
        },
    }
    assert COMPONENTS["mdns"]["addresses"] == travels["other/16"]["groups"]


def test_the_internal_ldap_falls_back_to_390() -> None:
    assert CATALOG["decisions"]["internal_ldap_port"]["fallback"]["ports"] == ["390"]


def test_same_role_in_safeq6() -> None:
    roles = {name: c["same_role_as"] for name, c in COMPONENTS.items() if "same_role_as" in c}
    assert roles == {
        "cml": "safeq6/management",
        "ors": "safeq6/spooler_controller",
        "ap_connector": "safeq6/mobile_integration_gateway",
    }
