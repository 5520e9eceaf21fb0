# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the checkout importable as the collection that it is, and tell at the end what tests measured."""

from __future__ import annotations

import os
import pathlib
import typing as t

import pytest
from ansible.plugins.loader import init_plugin_loader
from hypothesis import HealthCheck, settings

# Properties are tried on the same examples in every run, however long one takes.
settings.register_profile(
    "tests",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("tests")

CHECKOUT = pathlib.Path(__file__).resolve().parents[1]
TOLD = "told"
DOCUMENTS_VARIABLE = "PRINTOPS_VENDOR_DOCUMENTS"

init_plugin_loader([str(CHECKOUT / ".collections")])


def vendor_documents() -> pathlib.Path | None:
    """The folder of the documents that the catalogs were made from: their vendors', and not in the repository."""
    folders = [CHECKOUT.parent / "shared" / "seeds", CHECKOUT.parent.parent / "shared" / "seeds"]
    given = os.environ.get(DOCUMENTS_VARIABLE)
    return next((folder for folder in ([pathlib.Path(given)] if given else folders) if folder.is_dir()), None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a clone without the vendors' documents, the tests that read them are left out; in CI they fail."""
    if vendor_documents() is None and os.environ.get("CI") != "true":
        left_out = [item for item in items if item.get_closest_marker("vendor_documents")]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]


@pytest.fixture(name="tell")
def tell_fixture(record_property: t.Callable[[str, object], None]) -> t.Callable[[str], None]:
    """Takes a text that is read at the end of the run, also where all went well."""
    return lambda text: record_property(TOLD, text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    told = {
        report.nodeid: [text for name, text in report.user_properties if name == TOLD]
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
    }
    for nodeid in sorted(nodeid for nodeid, texts in told.items() if texts):
        terminalreporter.section(nodeid, sep="-")
        terminalreporter.write_line("\n".join(map(str, told[nodeid])))
    if vendor_documents() is None and os.environ.get("CI") != "true":
        terminalreporter.write_line(
            f"NOT RUN: the tests marked vendor_documents, since {DOCUMENTS_VARIABLE} names no folder with the documents"
        )
