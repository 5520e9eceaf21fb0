# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalog of LRS VPSX against what the vendor's document is known to hold.

The document itself is not in the repository; its rows were taken down by hand, misread characters included.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

CATALOGS = Path(__file__).parents[3] / "plugins" / "catalogs"
CATALOG: dict[str, Any] = yaml.safe_load((CATALOGS / "lrs.yml").read_text(encoding="utf-8"))
FLOWS: dict[str, dict[str, Any]] = {flow["id"].partition("/")[2]: flow for flow in CATALOG["flows"]}
COMPONENTS: dict[str, dict[str, Any]] = CATALOG["components"]
COLUMNS = ["port", "type", "source", "destination"]
ROWS = {"required": 29, "vspa": 3, "innovate-audit": 2, "mobile-connector": 4, "mfpsecure": 3, "alertx": 3}
CYRILLIC_TCP = "\u0422\u0421\u0420"
DESCRIBED = {
    "vpsx": ("required", 3), "serverx": ("required", 3), "netx": ("required", 3), "webconnect": ("required", 3),
    "vspa": ("optional", 2), "innovate_audit": ("optional", 1), "mfpsecure": ("optional", 1),
    "mobileconnector": ("optional", 1), "pdm": ("optional", 3), "pullsvc": ("optional", 1),
    "lrs_mobile_app": ("optional", 2), "alertx": ("optional", 1),
}  # fmt: skip
TWINS = {"required/6": "required/16", "required/25": "required/26", "vspa/2": "vspa/3", "mfpsecure/2": "mfpsecure/3"}

# row, port and type as printed, channel it is read as
READ_AS = [
    ("required/1", "161", "1100", "udp 161"),
    ("required/3", "", "", "tcp 515"),
    ("required/5", "", "", "tcp 515"),
    ("required/6", "", "", "tcp 631"),
    ("required/8", "", "", "tcp 631"),
    ("required/10", "5501 JJ01", f"{CYRILLIC_TCP} TCF", "tcp 5501"),
    ("required/14", "0100", "TCD", "tcp 9100"),
    ("required/16", "", "", "tcp 443"),
    ("required/17", "", "", "tcp 443"),
    ("required/18", "443 / 9443 3443", "TCP", "tcp ?vpsx_https_port"),
    ("required/21", "", CYRILLIC_TCP, "tcp 5601"),
    ("required/22", "5601 3001", "ICF", "tcp 5601"),
    ("required/23", "", "", "tcp 5601"),
    ("required/28", "25", "SMTP", "tcp 25"),
    ("vspa/1", "5601", CYRILLIC_TCP, "tcp 5601"),
    ("innovate-audit/2", "5703", CYRILLIC_TCP, "tcp 5703"),
    ("mobile-connector/4", "25", "SMTP", "tcp 25"),
    ("alertx/2", "5556", CYRILLIC_TCP, "tcp 5556"),
    ("alertx/3", "5557", CYRILLIC_TCP, "tcp 5557"),
]
# row, source and destination as printed, clients, servers
ENDS = [
    ("required/4", "PDM or PULLSVC", "Printers", ["pdm", "pullsvc"], ["printer"]),
    ("required/10", "LRS/ServerX", "VPSX", ["serverx", "vpsx"], ["vpsx"]),
    ("required/13", "VPSX", "Workstations", ["vpsx"], ["workstation"]),
    ("required/18", "PULLSVC", "VPSX", ["pullsvc"], ["vpsx"]),
    ("required/22", "PDM and PULLSVC", "LRS/ServerX", ["pdm", "pullsvc"], ["serverx"]),
    ("required/23", "VSPA for XenDesktop", "LRS/ServerX", ["vspa_xendesktop"], ["serverx"]),
    ("required/25", "Web Browser", "LRS/WebConnect", ["web_browser"], ["webconnect"]),
    ("required/29", "VPSX", "DNS", ["vpsx"], ["dns_server"]),
    ("vspa/1", "VPSA.EXE", "LRS/Serverx", ["vspa"], ["serverx"]),
    ("vspa/2", "VSPA for XenApp", "LRS/WebConnect", ["vspa_xenapp"], ["webconnect"]),
    ("innovate-audit/2", "Workstations", "Innovate/Audit", ["workstation", "pdm"], ["innovate_audit"]),
    ("mobile-connector/4", "Mail Server", "MobileConnector", ["mail_server"], ["mobileconnector"]),
    ("mfpsecure/1", "MFPsecure", "VPSX", ["mfpsecure"], ["vpsx"]),
    ("alertx/1", "Load Balancer", "AlertX", ["load_balancer"], ["alertx"]),
]


def channels(flow: dict[str, Any]) -> list[dict[str, Any]]:
    return [*flow.get("unsecured", []), *flow.get("secured", [])]


def shown_channels(flow: dict[str, Any]) -> list[str]:
    return [
        f"{channel['protocol']} {','.join(channel['ports']) if 'ports' in channel else '?' + channel['decision']}"
        for channel in channels(flow)
    ]


def readings(flow: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {reading["cell"]: reading for reading in flow.get("readings", [])}


def test_obeys_the_schema() -> None:
    schema = json.loads((CATALOGS / "schema.json").read_text(encoding="utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(CATALOG)] == []


def test_rows_are_numbered_in_printed_order() -> None:
    assert [(slug, section["rows"]) for slug, section in CATALOG["sections"].items()] == list(ROWS.items())
    expected = [f"lrs/{slug}/{row}" for slug, count in ROWS.items() for row in range(1, count + 1)]
    assert [flow["id"] for flow in CATALOG["flows"]] == expected
    assert len(expected) == 44


def test_each_row_has_the_cells_of_the_document() -> None:
    assert CATALOG["document"]["columns"] == COLUMNS
    for row, flow in FLOWS.items():
        cells = flow["as_printed"]
        assert list(cells) == COLUMNS, row
        assert all(cell == " ".join(cell.split()) for cell in cells.values()), row
        assert cells["source"], row
        assert cells["destination"], row


def test_cyrillic_letters_are_kept_and_stay_in_the_type_column() -> None:
    rows = {row for row, flow in FLOWS.items() if not " ".join(flow["as_printed"].values()).isascii()}
    assert rows == {"required/10", "required/21", "vspa/1", "innovate-audit/2", "alertx/2", "alertx/3"}
    assert all(CYRILLIC_TCP in FLOWS[row]["as_printed"]["type"] for row in rows)


@pytest.mark.parametrize(("row", "port", "transport", "channel"), READ_AS)
def test_odd_row(row: str, port: str, transport: str, channel: str) -> None:
    flow = FLOWS[row]
    assert (flow["as_printed"]["port"], flow["as_printed"]["type"]) == (port, transport)
    assert shown_channels(flow) == [channel]
    protocol, _, number = channel.partition(" ")
    if transport.lower() != protocol:
        assert readings(flow)["type"]["read_as"] == protocol
    if port != number:
        assert readings(flow)["port"]["read_as"] == (number if number.isdigit() else "443 or 9443, as decided")


def test_all_other_rows_are_read_as_printed() -> None:
    odd = {row for row, *_rest in READ_AS}
    for row, flow in FLOWS.items():
        if row not in odd:
            assert shown_channels(flow) == [f"{flow['as_printed']['type'].lower()} {flow['as_printed']['port']}"], row
            assert not {"port", "type"} & set(readings(flow)), row


def test_blank_cells_name_their_merged_cell() -> None:
    blank = [(row, cell) for row, flow in FLOWS.items() for cell in COLUMNS if not flow["as_printed"][cell]]
    assert len(blank) == 15
    for row, cell in blank:
        assert readings(FLOWS[row])[cell]["why"].startswith("Merged cell: "), (row, cell)


@pytest.mark.parametrize(("row", "source", "destination", "client", "server"), ENDS)
def test_ends(row: str, source: str, destination: str, client: list[str], server: list[str]) -> None:
    flow = FLOWS[row]
    assert (flow["as_printed"]["source"], flow["as_printed"]["destination"]) == (source, destination)
    assert (flow["client"], flow["server"]) == (client, server)


@pytest.mark.parametrize(("cell", "end"), [("source", "client"), ("destination", "server")])
def test_names_and_components_agree(cell: str, end: str) -> None:
    for row, flow in FLOWS.items():
        for component in flow[end]:
            known = flow["as_printed"][cell] in COMPONENTS[component]["printed"]
            assert known or cell in readings(flow), (row, component)


def test_names_used_and_names_declared_agree() -> None:
    flows = FLOWS.values()
    assert set(COMPONENTS) - {end for flow in flows for end in (*flow["client"], *flow["server"])} == {"lrs_mobile_app"}
    assert {end for flow in flows for end in (*flow["client"], *flow["server"])} <= set(COMPONENTS)
    features = [flow["feature"] for flow in flows if "feature" in flow]
    names = {name for one in features for name in ([one] if isinstance(one, str) else one)}
    assert names == set(CATALOG["features"])
    decisions = {channel["decision"] for flow in flows for channel in channels(flow) if "decision" in channel}
    assert decisions == set(CATALOG["decisions"])
    parts = {name: component["part_of"] for name, component in COMPONENTS.items() if "part_of" in component}
    assert parts == {"vspa_xendesktop": ["vspa"], "vspa_xenapp": ["vspa"]}


def test_components_that_the_document_describes() -> None:
    described = {
        name: (component["requirement"], len(component["platforms"]))
        for name, component in COMPONENTS.items()
        if "requirement" in component
    }
    assert described == DESCRIBED
    assert len(described) == 12
    assert not {name for name, component in COMPONENTS.items() if "platforms" in component} - set(DESCRIBED)


def test_only_https_and_ipps_are_secured() -> None:
    secured = {row for row, flow in FLOWS.items() if "secured" in flow}
    assert secured == {f"required/{row}" for row in (16, 17, 18, 26)} | {"vspa/3", "mfpsecure/3"}
    assert not [row for row in secured if "unsecured" in FLOWS[row]]


def test_encrypted_counterparts() -> None:
    twins = {row: flow["secured_twin"] for row, flow in FLOWS.items() if "secured_twin" in flow}
    assert twins == {row: f"lrs/{twin}" for row, twin in TWINS.items()}
    for row, twin in TWINS.items():
        assert "secured" in FLOWS[twin]
        assert (FLOWS[row]["client"], FLOWS[row]["server"]) == (FLOWS[twin]["client"], FLOWS[twin]["server"])


def test_the_https_port_of_vpsx_is_the_operators_choice() -> None:
    decision = CATALOG["decisions"]["vpsx_https_port"]
    assert (decision["choices"], decision["suggested"]) == (["443", "9443"], ["9443"])
    assert [row for row, flow in FLOWS.items() if any("decision" in c for c in channels(flow))] == ["required/18"]


def test_rows_of_the_same_content_stay_apart() -> None:
    for one, other in (("required/11", "required/20"), ("required/12", "innovate-audit/1")):
        assert FLOWS[one]["as_printed"] == FLOWS[other]["as_printed"]
        assert shown_channels(FLOWS[one]) == shown_channels(FLOWS[other])


def test_doubtful_directions_of_alertx_are_guesses() -> None:
    for row in ("alertx/1", "alertx/2", "alertx/3"):
        assert readings(FLOWS[row])["destination"]["confidence"] == "guess"
        assert FLOWS[row]["notes"]
