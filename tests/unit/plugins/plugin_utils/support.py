# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small catalog with one flow of every sort, and inventories for it."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.load import build_catalog
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.flows import Compiled, compile_rules
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Inventory, read_estate

Data = dict[str, t.Any]


def tcp(*ports: str, decision: str | None = None) -> Data:
    return {
        "protocol": "tcp",
        **({"ports": list(ports)} if ports else {}),
        **({"decision": decision} if decision else {}),
    }


def _flow(row: int, client: list[str], server: list[str], **more: t.Any) -> Data:
    return {
        "id": f"tiny/all/{row}",
        "as_printed": {"client": " ".join(client), "port": ""},
        "purpose": f"Row {row}.",
        "client": client,
        "server": server,
        **more,
    }


FLOWS = (
    _flow(1, ["user"], ["web"], unsecured=[tcp("80")], secured=[tcp("443")]),
    _flow(2, ["agent"], ["web"], unsecured=[tcp("6010")]),
    _flow(3, ["web"], ["web"], scope="cluster", unsecured=[tcp("6020", "7000-7009")]),
    _flow(4, ["printer"], ["agent"], scope="site", unsecured=[tcp("5021")], secured=[tcp("5022")]),
    _flow(5, ["agent"], ["printer_a"], scope="site", unsecured=[tcp(decision="install_port")]),
    _flow(6, ["printer"], ["agent"], scope="site", feature="scan",
          unsecured=[tcp("21"), tcp(decision="scan_ports")]),
    _flow(7, ["user"], ["web"], unsecured=[tcp("9000")], treatment="opt_in", because="It is a risk."),
    _flow(8, ["user"], ["web"], treatment="obsolete", because="Not used any more."),
    _flow(9, ["agent"], ["printer"], unsecured=[{"protocol": "icmp", "icmp_types": ["echo-request"]}]),
    _flow(10, ["agent"], ["group"], unsecured=[{"protocol": "udp", "ports": ["5353"]}],
          travels={"by": ["multicast"], "groups": ["224.0.0.251"]}, risks=["multicast"]),
    _flow(11, ["user"], ["agent"], unsecured=[tcp("8080")], secured_twin="tiny/all/12"),
    _flow(12, ["user"], ["agent"], secured=[tcp("8443")]),
    _flow(13, ["agent"], ["agent"], scope="host", unsecured=[tcp("1234")]),
    _flow(14, [], ["web"], unsecured=[tcp("4711")]),
    _flow(15, ["agent"], ["web"], unsecured=[tcp("6030", decision="moved_port")]),
)  # fmt: skip

DATA: Data = {
    "format": "printops.firewall/catalog/1",
    "name": "tiny",
    "product": "Tiny",
    "document": {"title": "Ports", "columns": ["client", "port"]},
    "sections": {"all": {"title": "All", "rows": len(FLOWS)}},
    "components": {
        "web": {"kind": "server", "printed": ["Web"], "description": "The web server."},
        "agent": {"kind": "server", "printed": ["Agent"], "description": "The agent of a site."},
        "user": {"kind": "client", "printed": ["User"], "description": "People."},
        "printer": {"kind": "device", "printed": ["Printer"], "description": "Any printer."},
        "printer_a": {"kind": "device", "printed": ["A"], "description": "Printers of A.", "part_of": ["printer"]},
        "group": {"kind": "external", "printed": [], "description": "A group.", "addresses": ["224.0.0.251"]},
    },
    "features": {"scan": "Printers deliver scans."},
    "decisions": {
        "install_port": {"description": "The port for installation.", "suggested": ["443"], "why": "Not printed."},
        "scan_ports": {"description": "The ports for scans."},
        "moved_port": {"description": "The port, where it was moved.", "choices": ["6030", "6031"]},
    },
    "flows": list(FLOWS),
}


def tiny_data() -> Data:
    """A copy that may be changed."""
    return copy.deepcopy(DATA)


def tiny_catalog(data: Data | None = None) -> Catalog:
    return build_catalog(data or tiny_data(), sha256="0" * 64)


def inventory(groups: t.Mapping[str, t.Sequence[str]], variables: t.Mapping[str, t.Mapping[str, t.Any]]) -> Inventory:
    return Inventory(groups={"all": sorted(variables), **groups}, variables=variables)


def compiled(
    groups: t.Mapping[str, t.Sequence[str]],
    variables: t.Mapping[str, t.Mapping[str, t.Any]],
    *,
    catalog: Catalog | None = None,
) -> Compiled:
    catalogs = [catalog or tiny_catalog()]
    return compile_rules(catalogs, read_estate(inventory(groups, variables), catalogs=catalogs))


def rule_texts(result: Compiled, host: str) -> list[str]:
    """Rules as C(in tcp 80,443 10.0.0.0/8 [1 2]), the flows by their rows."""
    return [
        f"{rule.direction} {rule.protocol} {','.join([*map(str, rule.ports), *rule.icmp_types])} "
        f"{','.join(rule.remotes.cidrs())} [{' '.join(flow.rpartition('/')[2] for flow in rule.flows)}]"
        for rule in result.rules[host]
    ]
