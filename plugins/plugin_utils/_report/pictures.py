# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The estate and its components as SVG; Graphviz lays the estate out."""

from __future__ import annotations

import shutil
import subprocess
import typing as t
from xml.etree import ElementTree

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReportError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import count

from .links import Drawing, Link, Node

_NAMESPACE = "http://www.w3.org/2000/svg"
_SECONDS = 120
_CELL, _LEFT, _TOP, _LEGEND = 34, 210, 200, 70
_LEGEND_TEXT = (
    "Rounded: servers. Square: networks. Solid: encrypted or not told. Dashed, P: some in plain text. "
    "Thick, M: some mandatory. Dotted, ?: waits for a decision."
)


def is_installed() -> bool:
    """Whether the controller has Graphviz."""
    return shutil.which("dot") is not None


def estate_svg(drawing: Drawing) -> bytes:
    """Places as boxes with their components, and links between them.

    Raises C(ReportError) where Graphviz is not installed or fails.
    """
    program = shutil.which("dot")
    if program is None:
        raise ReportError(
            "svg needs Graphviz's program dot on the controller: install the package graphviz of its system, or leave "
            "svg out of report_forms"
        )
    try:
        done = subprocess.run(
            [program, "-Tsvg"], input=_dot(drawing).encode(), capture_output=True, check=True, timeout=_SECONDS
        )
    except (OSError, subprocess.SubprocessError) as error:
        told = (getattr(error, "stderr", None) or b"").decode("utf-8", "replace").strip()
        raise ReportError(f"Graphviz's dot failed: {told or error}; leave svg out of report_forms") from error
    root = ElementTree.fromstring(done.stdout)  # noqa: S314
    told = _told(drawing)
    for title in root.iter(f"{{{_NAMESPACE}}}title"):
        title.text = told.get(title.text or "", title.text)
    return _labelled(root, "The estate by site and component")


def _numbers(drawing: Drawing) -> dict[Node, str]:
    return {node: f"n{at}" for at, node in enumerate(drawing.nodes)}


def _told(drawing: Drawing) -> dict[str, str]:
    """What a pointer on a part of the picture, and a screen reader, tell of it, by its name in DOT."""
    numbers = _numbers(drawing)
    nodes = {numbers[node]: printable(f"{node.component}, {node.place}") for node in drawing.nodes}
    links = {
        f"{numbers[source]}->{numbers[destination]}": printable(
            f"{source.component}, {source.place} to {destination.component}, {destination.place}: {link.words}"
        )
        for (source, destination), link in drawing.links.items()
    }
    return {**nodes, **links}


def _dot(drawing: Drawing) -> str:
    numbers = _numbers(drawing)
    lines = [
        "digraph estate {",
        'graph [rankdir=LR, newrank=true, fontname="DejaVu Sans", fontsize=12, nodesep=0.15, ranksep=0.9,'
        f" label={_quoted(_LEGEND_TEXT)}, labelloc=b]",
        'node [shape=box, style=rounded, fontname="DejaVu Sans", fontsize=10, height=0.3]',
        'edge [fontname="DejaVu Sans", fontsize=8, arrowsize=0.6]',
    ]
    for number, place in enumerate(dict.fromkeys(node.place for node in drawing.nodes)):
        look = 'labelloc=t; labeljust=l; fontsize=16; color="#57606a";'
        lines.append(f"subgraph cluster_{number} {{ label={_quoted(place)}; {look}")
        for node, servers in drawing.nodes.items():
            if node.place == place:
                told = f"{node.component} ({count(servers, 'server')})" if servers else node.component
                lines.append(
                    f"{numbers[node]} [label={_quoted(told)}{', style=filled, fillcolor=white' * (not servers)}]"
                )
        lines.append("}")
    for (source, destination), link in drawing.links.items():
        lines.append(f"{numbers[source]} -> {numbers[destination]} [{_style(link)}]")
    return "\n".join([*lines, "}"])


def _style(link: Link) -> str:
    if link.waiting and not link.flows:
        style, colour, head = "dotted", "#8a5a00", "odot"
    else:
        style, colour, head = ("dashed", "#b3261e", "normal") if link.plaintext else ("solid", "#0550ae", "normal")
    width = 2.6 if link.mandatory else 1
    return f'style={style}, color="{colour}", arrowhead={head}, penwidth={width}, label={_quoted(_letters(link))}'


def _letters(link: Link) -> str:
    letters = "".join(
        sign for sign, some in (("P", link.plaintext), ("M", link.mandatory), ("?", link.waiting)) if some
    )
    return f"{len(link.flows | link.waiting)}{f' {letters}' if letters else ''}"


def _quoted(text: str) -> str:
    """A string of DOT that is shown as it is: no escape, no entity, nothing that XML cannot have."""
    shown = printable(text).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{shown}"'


def printable(text: str) -> str:
    """One line without what XML cannot have."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def components_svg(drawing: Drawing) -> bytes:
    """A matrix of components: who begins stands on the left, who is reached above."""
    sources = sorted({source.component for source, _destination in drawing.links})
    destinations = sorted({destination.component for _source, destination in drawing.links})
    width, height = _LEFT + _CELL * len(destinations) + 120, _TOP + _CELL * len(sources) + _LEGEND
    root = ElementTree.Element(
        f"{{{_NAMESPACE}}}svg",
        {
            "width": str(width),
            "height": str(height),
            "viewBox": f"0 0 {width} {height}",
            "font-family": "DejaVu Sans, sans-serif",
        },
    )
    _shape(root, "rect", x=0, y=0, width=width, height=height, fill="#ffffff")
    for at, name in enumerate(destinations):
        x, y = _LEFT + at * _CELL + _CELL // 2 + 4, _TOP - 8
        _text(root, name, x=x, y=y, transform=f"rotate(-55 {x} {y})", **{"font-size": 11})
    for at, name in enumerate(sources):
        _text(root, name, x=_LEFT - 8, y=_TOP + at * _CELL + 21, **{"font-size": 11, "text-anchor": "end"})
    for (source, destination), link in drawing.links.items():
        x = _LEFT + destinations.index(destination.component) * _CELL
        y = _TOP + sources.index(source.component) * _CELL
        cell = ElementTree.SubElement(root, f"{{{_NAMESPACE}}}g")
        ElementTree.SubElement(cell, f"{{{_NAMESPACE}}}title").text = printable(
            f"{source.component} to {destination.component}: {link.words}"
        )
        look: dict[str, t.Any] = {"fill": "#e3ecf8", "stroke": "#0550ae", "stroke-width": 3 if link.mandatory else 1}
        if link.plaintext:
            look |= {"fill": "#fbe4e2", "stroke": "#b3261e", "stroke-dasharray": "5 3"}
        if link.waiting and not link.flows:
            look |= {"fill": "#fff3d6", "stroke": "#8a5a00", "stroke-dasharray": "1 3"}
        _shape(cell, "rect", x=x + 2, y=y + 2, width=_CELL - 4, height=_CELL - 4, rx=3, **look)
        number, _blank, letters = _letters(link).partition(" ")
        _text(cell, number, x=x + _CELL // 2, y=y + 15, **{"font-size": 10, "text-anchor": "middle"})
        _text(
            cell,
            letters,
            x=x + _CELL // 2,
            y=y + 27,
            **{"font-size": 10, "font-weight": "bold", "text-anchor": "middle"},
        )
    _text(root, _LEGEND_TEXT, x=10, y=height - 14, **{"font-size": 11})
    return _labelled(root, "Components: who begins on the left, who is reached above")


def _shape(parent: ElementTree.Element, name: str, **look: t.Any) -> None:
    ElementTree.SubElement(parent, f"{{{_NAMESPACE}}}{name}", {key: str(value) for key, value in look.items()})


def _text(parent: ElementTree.Element, text: str, **look: t.Any) -> None:
    given = {"fill": "#1c2128", **look}
    element = ElementTree.SubElement(parent, f"{{{_NAMESPACE}}}text", {key: str(value) for key, value in given.items()})
    element.text = printable(text)


def _labelled(root: ElementTree.Element, title: str) -> bytes:
    """The picture for a page and a screen reader, without what only a document of its own needs."""
    root.set("role", "img")
    root.set("aria-label", title)
    ElementTree.register_namespace("", _NAMESPACE)
    return ElementTree.tostring(root, encoding="utf-8") + b"\n"
