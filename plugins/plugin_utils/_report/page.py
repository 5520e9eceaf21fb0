# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""One page with everything, which needs no other file and no network."""

from __future__ import annotations

import typing as t

from markupsafe import Markup

from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.report import collection_version

from .page_data import page_data
from .question import Question
from .sections import Section, sections_of
from .tables import Table
from .templates import environment, own, vendored

_SELECTS = (("encryption", "Encryption"), ("protocol", "Protocol"), ("action", "Action"))


def report_page(
    question: Question,
    flows: Table,
    request: Table,
    *,
    lines: t.Sequence[str],
    pictures: t.Sequence[tuple[str, str]] = (),
    readiness: Section | None = None,
) -> bytes:
    """The page of a plan; every text of the inventory is escaped."""
    sections, anchors = sections_of(question, flows, request, lines=lines, pictures=pictures, readiness=readiness)
    return page(
        f"Print firewalls: {len(question.plan['hosts'])} servers",
        sections,
        data=page_data([flows, request], question.plan, anchors=anchors),
        selects=[_select(key, heading, [flows, request]) for key, heading in _SELECTS],
    )


def page(title: str, sections: t.Sequence[Section], *, data: str = "", selects: t.Sequence[t.Any] = ()) -> bytes:
    """The shell of every page: what there is of sections, and the search where there are tables."""
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            title=title,
            sections=sections,
            tables=bool(data),
            selects=selects,
            data=Markup(data),  # noqa: S704
            version=collection_version(),
            tabulator=vendored()["version"],
            css=own("report.css"),
            table_css=own("tabulator_simple.min.css") if data else "",
            licence=_comment(own("tabulator.LICENSE")),
            library=own("tabulator.min.js"),
            script=own("report.js"),
        )
        .encode("utf-8", "backslashreplace")
    )


def _comment(text: Markup) -> Markup:
    return Markup(f"/*! Tabulator\n{text}\n*/")  # noqa: S704


def _select(key: str, heading: str, tables: t.Iterable[Table]) -> dict[str, t.Any]:
    keys = {key, {"protocol": "ip_proto"}.get(key, key)}
    options: dict[str, None] = {}
    for table in tables:
        for at, column in enumerate(table.columns):
            if column.key in keys:
                options.update(dict.fromkeys(row[at] for row in table.rows))
    return {"key": key, "heading": heading, "options": sorted(options)}
