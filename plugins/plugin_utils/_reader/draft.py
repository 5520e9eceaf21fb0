# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A draft from a comparison: an overlay that brings a catalog to another release, or a whole catalog.

What the print leaves open is asked in the row itself, which stays closed until somebody answers.
"""

from __future__ import annotations

import collections
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.load import CATALOG_FORMAT
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.overlay import OVERLAY_FORMAT

from .base import Base, BaseRow
from .changes import Comparison, Outcome
from .model import FACTS, Document, Row
from .reading import Raw, channels_after, channels_of
from .words import plain

_TELLER = re.compile(r"(?:changed by [a-z][a-z0-9_]*: |added by [a-z][a-z0-9_]*(?:; )?)")
_NO_SLUG = re.compile(r"[^a-z0-9]+")
_DEVICES = re.compile(r"\b(?:mf[dp]s?|printers?|terminals?|devices?|readers?|machines?)\b", re.IGNORECASE)
_CLIENTS = re.compile(r"\b(?:users?|clients?|browsers?|workstations?|desktops?|phones?)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Release:
    """Which document a draft is made from."""

    revision: str
    sha256: str
    title: str = ""
    date: str = ""

    def as_raw(self) -> dict[str, str]:
        """As an overlay or a catalog names it."""
        known = {"title": self.title, "revision": self.revision, "date": self.date, "sha256": self.sha256}
        return {key: value for key, value in known.items() if value}


def overlay_draft(comparison: Comparison, *, shipped: Catalog, name: str, release: Release) -> Raw:
    """An overlay over the shipped catalog; it takes the place of the overlays that the comparison was made with."""
    catalog = comparison.base.catalog
    before = {flow["id"]: flow for flow in shipped.raw["flows"]}
    drafted = _Drafter(comparison, release).flows()
    told = {flow.id: _TELLER.sub("", flow.changed) for flow in catalog.flows}
    changes: dict[str, Raw] = {}
    for flow_id, (flow, reason) in drafted.items():
        if flow_id in before and flow != before[flow_id]:
            keys = {*flow, *before[flow_id]}
            changed = {key: flow.get(key) for key in _ordered(keys, flow) if flow.get(key) != before[flow_id].get(key)}
            changes[flow_id] = {**changed, "reason": reason or told[flow_id] or "as before"}
    overlay: Raw = {
        "format": OVERLAY_FORMAT,
        "name": name,
        "documents": {catalog.name: release.as_raw()},
        "sections": {
            f"{catalog.name}/{slug}": {"title": title}
            for slug, title in _sections(comparison).items()
            if slug not in shipped.sections
        },
        "components": {
            f"{catalog.name}/{one}": raw
            for one, raw in catalog.raw["components"].items()
            if one not in shipped.components
        },
        "changes": changes,
        "flows": [flow for flow_id, (flow, _reason) in drafted.items() if flow_id not in before],
    }
    return {key: value for key, value in overlay.items() if value or key in ("format", "name", "documents")}


def _ordered(keys: t.Iterable[str], flow: t.Mapping[str, t.Any]) -> list[str]:
    return sorted(keys, key=lambda key: (list(flow).index(key) if key in flow else len(flow), key))


def _sections(comparison: Comparison) -> dict[str, str]:
    """Titles of all sections, new ones among them."""
    titles = dict(comparison.base.catalog.sections)
    for one in comparison.of("new"):
        if one.row:
            titles.setdefault(section_slug(comparison, one.row), one.row.section or "Rows without a title")
    return titles


def section_slug(comparison: Comparison, row: Row) -> str:
    """The section of the catalog that a new row goes to, or a new one named like its title."""
    return comparison.sections.get(row.section) or slug_of(row.section or "rows without a title")


def slug_of(text: str, *, separator: str = "-") -> str:
    """Small letters, digits and one sign between words, a letter first."""
    slug = _NO_SLUG.sub(separator, plain(text).casefold()).strip(separator)[:60].strip(separator)
    return slug if slug[:1].isalpha() else f"s{separator}{slug}".strip(separator)


class _Drafter:
    def __init__(self, comparison: Comparison, release: Release) -> None:
        self._comparison = comparison
        self._base = comparison.base
        self._release = release
        self._rows = collections.Counter(row.section for row in self._base.rows)

    def flows(self) -> dict[str, tuple[Raw, str]]:
        """All flows after the release, by id, each with the reason for its change, empty where there is none."""
        drafted: dict[str, tuple[Raw, str]] = {row.id: (dict(row.raw), "") for row in self._base.rows}
        for one in self._comparison.outcomes:
            if one.status == "changed" and one.base and one.row:
                drafted[one.base.id] = self._changed(one, one.base)
            elif one.status == "gone" and one.base:
                drafted[one.base.id] = self._gone(one.base)
            elif one.status == "new" and one.row:
                flow = new_flow(
                    self._base,
                    one.row,
                    flow_id=self._next_id(one.row),
                    asked=[question.text for question in one.questions],
                )
                drafted[flow["id"]] = (flow, "")
        return drafted

    def _next_id(self, row: Row) -> str:
        slug = section_slug(self._comparison, row)
        self._rows[slug] += 1
        return f"{self._base.catalog.name}/{slug}/{self._rows[slug]}"

    def _changed(self, one: Outcome, known: BaseRow) -> tuple[Raw, str]:
        flow = {**known.raw, **({"as_printed": _printed_after(one, known)} if known.columns else {})}
        told = "; ".join(f"{change.column}: {_shown(change.old)} is now {_shown(change.new)}" for change in one.changes)
        reason = f"The document of {self._release.revision} changes it. {told}."
        if not one.means_something_else:
            return (dict(known.raw), "") if one.confidence == "guess" else (flow, reason)
        meant = [change for change in one.changes if change.meaning]
        channels = channels_after(known, meant)
        if channels is None or one.confidence == "guess" or self._was_decided(known):
            because = (
                f"In the document of {self._release.revision} this row means something else: {told}. "
                f"{self._asked(one)}Set what is right now, and take treatment and because away."
            )
            return {**flow, "treatment": "unanswered", "because": because}, f"Not answered yet. {told}."
        columns = {known.columns.get(change.column, change.column) for change in meant}
        readings = [reading for reading in known.raw.get("readings", ()) if reading["cell"] not in columns]
        flow.pop("readings", None)
        flow = {**flow, **channels, **({"readings": readings} if readings else {})}
        return {key: value for key, value in flow.items() if value != [] or key == "client"}, reason

    def _was_decided(self, known: BaseRow) -> bool:
        """Whether the operator may have decided on the row: that is asked again."""
        flow = known.flow
        return (
            bool(flow.features)
            or flow.treatment != "open"
            or any(one.decision for one in flow.unsecured + flow.secured)
        )

    def _gone(self, known: BaseRow) -> tuple[Raw, str]:
        because = f"The document of {self._release.revision} has no row like it any more."
        return {**known.raw, "treatment": "obsolete", "because": because}, because

    def _asked(self, one: Outcome) -> str:
        questions = [question.text for question in one.questions if not question.answer]
        if one.base:
            questions += _decided_before(one.base)
        return _as_questions(questions)


def _shown(cell: str) -> str:
    return repr(cell) if cell else "nothing"


def _as_questions(texts: t.Iterable[str]) -> str:
    """Each question once, with a blank behind it."""
    return "".join(f"{text}? " for text in dict.fromkeys(text.rstrip("?. ") for text in texts))


def _decided_before(known: BaseRow) -> list[str]:
    names = [f"printops_ports.{one.decision}" for one in known.flow.unsecured + known.flow.secured if one.decision]
    names += [f"printops_features: {feature}" for feature in known.flow.features]
    names += [f"printops_accept: {known.id}"] if known.flow.treatment == "opt_in" else []
    return [f"does what you decided in {name} still hold?" for name in dict.fromkeys(names)]


def _printed_after(one: Outcome, known: BaseRow) -> Raw:
    new = {known.columns[change.column]: change.new for change in one.changes if change.column in known.columns}
    return {**known.raw.get("as_printed", {}), **new}


def new_flow(base: Base, row: Row, *, flow_id: str, asked: t.Sequence[str]) -> Raw:
    """A row that the catalog lacks, closed, with what its print gives and the questions that it leaves."""
    columns = base.catalog.raw["document"].get("columns") or list(dict(base.catalog.flows[0].as_printed))
    roles = {column: role for known in base.rows[:1] for role, column in known.columns.items()}
    channels, problems = channels_of(row)
    printed = " | ".join(f"{role}: {cell}" for role, cell in row.cells.items() if cell)
    return {
        "id": flow_id,
        **({"as_printed": {column: row.cell(roles.get(column, column)) for column in columns}} if columns else {}),
        "purpose": _purpose(row, printed),
        "client": sorted(base.names.get(base.same_name(row.cell("client")), ())),
        "server": sorted(base.names.get(base.same_name(row.cell("server")), ())),
        **channels,
        "treatment": "unanswered",
        "because": (
            f"New in this release, as printed: {printed}. {_as_questions((*asked, *problems))}"
            "Say where it begins and ends (client, server) and on which ports, and take treatment and because away."
        ),
    }


def _purpose(row: Row, printed: str) -> str:
    told = row.cell("description") or row.cell("data") or f"As the document says: {printed}"
    return f"{told[:400].rstrip('. ')}."


def catalog_draft(document: Document, *, name: str, product: str, release: Release) -> Raw:
    """A whole catalog for a product that has none: every row closed until somebody says that it was read rightly."""
    columns = [role for role in document.columns if role in FACTS]
    sections: dict[str, str] = {}
    components: dict[str, Raw] = {}
    rows: collections.Counter[str] = collections.Counter()
    flows: list[Raw] = []
    for row in document.rows:
        slug = slug_of(row.section or name)
        sections.setdefault(slug, row.section or product)
        rows[slug] += 1
        ends = {role: _component(row.cell(role), components) for role in ("client", "server")}
        channels, problems = channels_of(row)
        asked = [f"who is the {role} of this row?" for role, found in ends.items() if not found]
        printed = " | ".join(f"{role}: {cell}" for role, cell in row.cells.items() if cell)
        flows.append(
            {
                "id": f"{name}/{slug}/{rows[slug]}",
                "as_printed": {column: row.cell(column) for column in columns},
                "purpose": _purpose(row, printed),
                **ends,
                **channels,
                "treatment": "unanswered",
                "because": (
                    f"As printed: {printed}. {_as_questions((*asked, *problems))}"
                    "Is it read rightly? Then take treatment and because away."
                ),
            }
        )
    return {
        "format": CATALOG_FORMAT,
        "name": name,
        "product": product,
        "document": {"title": product, **release.as_raw(), "columns": columns},
        "sections": {slug: {"title": title, "rows": rows[slug]} for slug, title in sections.items()},
        "components": components
        or {name: {"kind": "server", "printed": [], "description": f"Any server of {product}."}},
        "flows": flows,
    }


def _component(printed: str, components: dict[str, Raw]) -> list[str]:
    """The component of a printed end, made where it is the first time that it is printed."""
    if not re.search("[a-z]", plain(printed), re.IGNORECASE):
        return []
    name = slug_of(printed, separator="_")
    kind = "device" if _DEVICES.search(printed) else "client" if _CLIENTS.search(printed) else "server"
    described = {"kind": kind, "printed": [printed], "description": f"{printed}, as the document calls it."}
    known = components.setdefault(name, described)
    if printed not in known["printed"]:
        known["printed"].append(printed)
    return [name]
