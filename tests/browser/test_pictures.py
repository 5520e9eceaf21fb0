# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures, whatever sites and components are called. Needs Graphviz, as scripts/setup --browser installs it."""

from __future__ import annotations

import pathlib
import shutil
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReportError
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import load_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._report.links import Drawing, Link, Node, drawing_of
from ansible_collections.printops.firewall.plugins.plugin_utils._report.matrix import flow_rows
from ansible_collections.printops.firewall.plugins.plugin_utils._report.pictures import components_svg, estate_svg

PLAN = load_plan(pathlib.Path(__file__).resolve().parents[1] / "golden" / "plans" / "company.json")
ROWS = flow_rows(PLAN)
HOSTILE = (
    'a"]; b [label="x',
    "</svg><script>alert(1)</script>",
    "\\N \\G \\",
    "&amp; &lt;",
    "\x00\x1f\u2028",
    "<b>x</b>",
    "\ud800",
)


def texts_of(svg: bytes) -> str:
    root = ElementTree.fromstring(svg)  # noqa: S314
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "g", "title", "text", "rect", "polygon", "path", "ellipse", "polyline", "a"}
    assert not [key for element in root.iter() for key in element.attrib if key.lower().startswith("on")]
    return " ".join(" ".join(root.itertext()).split())


def drawing(name: str) -> Drawing:
    nodes = {Node(name, name): 1, Node("b", "other"): 0}
    link = Link(flows={"a/b/1"}, plaintext={"a/b/1"}, mandatory={"a/b/1"}, waiting={"a/b/2"})
    return Drawing(nodes, {(Node(name, name), Node("b", "other")): link})


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_becomes_a_part_of_a_picture(name: str) -> None:
    for svg in (estate_svg(drawing(name)), components_svg(drawing(name))):
        told = texts_of(svg)
        assert all(word in told for word in name.split() if word.isprintable())


@given(st.text(max_size=30))
@settings(max_examples=30, deadline=None)
def test_any_name_can_be_drawn(name: str) -> None:
    assert "other" in texts_of(components_svg(drawing(name)))
    assert "other" in texts_of(estate_svg(drawing(name)))


def test_the_estate_has_every_component_at_its_place_and_the_kinds_in_letters() -> None:
    found = drawing_of(PLAN, ROWS, by_place=True)
    told = texts_of(estate_svg(found))
    for node in found.nodes:
        assert node.component in told
        assert node.place in told
    assert "1 P" in told
    assert "waiting" in told
    kinds = [link for link in found.links.values() if link.waiting and not link.flows]
    assert kinds


def test_sites_that_are_alike_are_drawn_once() -> None:
    hosts = dict(PLAN["hosts"])
    for number in range(3):
        hosts[f"twin{number}"] = {**hosts["prague1"], "site": f"twin{number}"}
    networks = [one for one in PLAN["networks"] if one.get("site") != "prague"]
    nodes = drawing_of({**PLAN, "hosts": hosts, "networks": networks}, [], by_place=True).nodes
    assert nodes[Node("4 sites: prague, twin0, twin1 and 1 more", "terminal_server")] == 4


def test_without_graphviz_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(ReportError, match="install the package graphviz"):
        estate_svg(drawing("a"))
