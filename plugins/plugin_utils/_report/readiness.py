# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A report of readiness as a section of the page, and as a page of its own."""

from __future__ import annotations

import typing as t

from markupsafe import Markup

from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.items import AREAS, shipped_items
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.model import Status
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.report import SIGNED, STATUSES, Report
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.report_text import (
    WORDS,
    signature_text,
    verdict,
)

from .page import page
from .sections import Section
from .templates import environment

_OPEN = (str(Status.FAIL), str(Status.UNKNOWN), str(Status.ATTEST))


def readiness_html(report: Report) -> str:
    """The page; every text is escaped."""
    number = len(report["hosts"])
    title = f"Readiness of {number} server{'' if number == 1 else 's'}"
    return page(title, [readiness_section(report)]).decode()


def readiness_section(report: Report) -> Section:
    """The section."""
    numbered = [
        {"host": name, "number": number, "entry": entry}
        for number, (name, host) in enumerate(report["hosts"].items(), start=1)
        for entry in host["items"]
    ]
    html = (
        environment()
        .get_template("readiness.html.j2")
        .render(
            **report,
            areas=AREAS,
            open=sorted((one for one in numbered if one["entry"]["status"] in _OPEN), key=_urgency),
            signature=signature_text,
            signed=sorted((one for one in numbered if one["entry"]["signature"]), key=_until),
            statuses=STATUSES,
            verdict=verdict(report),
            words=WORDS,
        )
    )
    return Section("readiness", "Readiness before the installation", Markup(html))  # noqa: S704


def _urgency(one: Report) -> tuple[int, bool, str, int]:
    entry: t.Any = one["entry"]
    order = list(shipped_items())
    return _OPEN.index(entry["status"]), not entry["mandatory"], one["host"], order.index(entry["item"])


def _until(one: Report) -> tuple[bool, str, str, str]:
    entry: t.Any = one["entry"]
    return entry["status"] == SIGNED, entry["signature"]["until"], one["host"], entry["item"]
