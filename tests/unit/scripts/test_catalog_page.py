# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a catalog: every row once, with all that the catalog says of it."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.printops.firewall.scripts.pages.catalog import anchor, catalog_page
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import tiny_catalog, tiny_data


def page(**flow_keys: t.Any) -> str:
    """The tiny catalog's page, keys of its first row replaced."""
    data = tiny_data()
    data["flows"][0].update(flow_keys)
    return catalog_page(tiny_catalog(data), others=[])


def entry(text: str, flow_id: str) -> list[str]:
    (found,) = re.findall(rf"^### {flow_id}\n\n(.*?)(?=\n\n#|\Z)", text, flags=re.MULTILINE | re.DOTALL)
    return [line for line in found.strip().split("\n") if line]


def test_every_row_has_one_entry_in_the_order_of_the_catalog() -> None:
    assert re.findall(r"^### (.*)$", page(), flags=re.MULTILINE) == [flow["id"] for flow in tiny_data()["flows"]]


def test_an_entry_tells_the_print_and_the_reading() -> None:
    assert entry(page(), "tiny/all/1") == [
        "Row 1.",
        "- Print: client `user`, port empty",
        "- Reading: `user` → `web`; unencrypted tcp `80`; encrypted tcp `443`",
    ]


@pytest.mark.parametrize(
    ("flow_id", "line"),
    [
        ("tiny/all/3", "- Scope: only between members of one cluster"),
        ("tiny/all/5", "- Reading: `agent` → `printer_a`; unencrypted tcp [install_port](#decisions)"),
        ("tiny/all/6", "- Feature: [scan](#features)"),
        ("tiny/all/7", "- Treatment: opened only if `printops_accept` names it. It is a risk."),
        ("tiny/all/8", "- Treatment: not used; no rule. Not used any more."),
        ("tiny/all/9", "- Reading: `agent` → `printer`; unencrypted icmp `echo-request`"),
        ("tiny/all/10", "- Travels by multicast to `224.0.0.251`"),
        ("tiny/all/10", "- Risks: multicast"),
        ("tiny/all/11", "- Encrypted in: [tiny/all/12](#tinyall12)"),
        ("tiny/all/13", "- Scope: never leaves the host; no rule"),
        ("tiny/all/14", "- Reading: nobody → `web`; unencrypted tcp `4711`"),
        ("tiny/all/15", "- Reading: `agent` → `web`; unencrypted tcp `6030` or [moved_port](#decisions)"),
    ],
)
def test_what_is_special_about_a_row_is_told(flow_id: str, line: str) -> None:
    assert line in entry(page(), flow_id)


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (
            {"readings": [{"cell": "port", "read_as": "80", "why": "A letter O.", "confidence": "likely"}]},
            "- port is read as 80 (likely). A letter O.",
        ),
        ({"requirement": {"level": "optional", "condition": "with clients"}}, "- Requirement: optional: with clients"),
        ({"bound_to_localhost": True}, "- The document says that it listens on localhost only"),
        ({"consider_blocking": True}, "- The document advises to consider blocking it"),
        (
            {"properties": [{"name": "p.port", "sets": "port", "where": "app.conf", "component": "web"}]},
            "- Property: `p.port` sets the port in `app.conf` on `web`",
        ),
        ({"notes": ["Two\n  lines."]}, "- Two lines."),
        ({"purpose": "A *star* <tag>."}, "A \\*star\\* \\<tag>."),
    ],
)
def test_a_key_of_a_flow_is_on_its_page(keys: dict[str, t.Any], line: str) -> None:
    assert line in entry(page(**keys), "tiny/all/1")


def test_components_decisions_and_features_are_listed_with_their_rows() -> None:
    lines = page().split("\n")
    assert "| `printer_a` | device | `A` | Printers of A. Also a `printer`. |" in lines
    assert "| `group` | external | not named | A group. Addresses: `224.0.0.251`. |" in lines
    assert (
        "| `install_port` | The port for installation. | suggested `443` | Not printed. | [tiny/all/5](#tinyall5) |"
        in lines
    )
    assert "| `scan` | Printers deliver scans. | [tiny/all/6](#tinyall6) |" in lines


def test_the_same_role_is_told_on_both_pages() -> None:
    data = tiny_data()
    data["name"] = "older"
    data["components"]["agent"]["same_role_as"] = "tiny/web"
    older = tiny_catalog(data)
    newer = tiny_catalog()
    assert "The agent of a site. Same role in another generation: `tiny/web`." in catalog_page(older, others=[newer])
    assert "The web server. Same role in another generation: `older/agent`." in catalog_page(newer, others=[older])


def test_cells_of_tables_keep_their_columns() -> None:
    data = tiny_data()
    data["features"]["scan"] = "Either | or."
    assert "| `scan` | Either \\| or. | " in catalog_page(tiny_catalog(data), others=[])


@pytest.mark.parametrize(
    ("heading", "fragment"),
    [("safeq6/terminal-server/42", "safeq6terminal-server42"), ("Terminal Pro 3.5", "terminal-pro-35"), ("A_b", "a_b")],
)
def test_anchors_are_those_of_markdown_readers(heading: str, fragment: str) -> None:
    assert anchor(heading) == fragment
