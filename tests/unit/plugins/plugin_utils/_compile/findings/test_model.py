# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A finding as the plan file has it."""

from __future__ import annotations

from ansible_collections.printops.firewall.plugins.plugin_utils._compile.findings.model import Finding


def test_a_finding_is_plain_data_in_the_order_that_a_reader_wants() -> None:
    finding = Finding("jmx", "warning", ("h1", "h2"), ("tiny/all/1",), "It is a risk.")
    assert list(finding.as_json().items()) == [
        ("kind", "jmx"),
        ("severity", "warning"),
        ("hosts", ["h1", "h2"]),
        ("flows", ["tiny/all/1"]),
        ("detail", "It is a risk."),
    ]
