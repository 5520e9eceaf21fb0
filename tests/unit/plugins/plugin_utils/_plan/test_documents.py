# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan rests on, and the rows that differ between plans on different releases."""

from __future__ import annotations

import hashlib
import pathlib
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.schema import CATALOG_FOLDER
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import compile_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._estate.estate import Inventory
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.documents import differing_rows, rests_on
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.explain_text import explain
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan

OVERLAY = """\
format: printops.firewall/overlay/1
name: next
documents:
  safeq6: {revision: Spring 2031}
changes:
  safeq6/ims/4: {secured: [{protocol: tcp, ports: ["7448"]}], reason: It moved.}
  safeq6/ims/5: {treatment: obsolete, because: Gone., reason: It is gone.}
flows:
  - id: safeq6/ims/6
    as_printed: {client: UA, server: IMS, unsecured: n/a, secured: "7449", application: HTTPS, network: TCP}
    purpose: New.
    client: [ua]
    server: [ims]
    secured: [{protocol: tcp, ports: ["7449"]}]
"""


def plan_of(*catalogs: str, folder: pathlib.Path) -> Plan:
    variables: dict[str, t.Any] = {
        "ansible_host": "192.0.2.1",
        "inventory_dir": str(folder),
        "printops_catalogs": list(catalogs),
        "printops_networks": {"ua": ["203.0.113.0/24"]},
    }
    return compile_plan(Inventory({"safeq6_ims": ["one"]}, {"one": variables}))


def digest(path: pathlib.Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_plan_names_product_document_release_and_the_digest_of_each_file(tmp_path: pathlib.Path) -> None:
    overlay = tmp_path / "next.yml"
    overlay.write_text(OVERLAY, encoding="utf-8")
    plan = plan_of("safeq6", "next.yml", folder=tmp_path)
    assert plan["compiled_from"]["documents"] == {
        "safeq6": {
            "product": "YSoft SafeQ 6",
            "title": "Network Communication",
            "revision": "Spring 2031",
            "files": {"safeq6": digest(CATALOG_FOLDER / "safeq6.yml"), "next": digest(overlay)},
        }
    }
    (told,) = rests_on(plan)
    assert told.startswith("safeq6: YSoft SafeQ 6, Network Communication, Spring 2031 (safeq6 ")
    assert f"next {digest(overlay)[:12]}" in told
    assert "Spring 2031" in explain(plan, host="one", port="7448/tcp")
    assert "Spring 2031" in explain(plan, host="one")


def test_two_plans_on_different_releases_differ_by_row(tmp_path: pathlib.Path) -> None:
    (tmp_path / "next.yml").write_text(OVERLAY, encoding="utf-8")
    old, new = plan_of("safeq6", folder=tmp_path), plan_of("safeq6", "next.yml", folder=tmp_path)
    first, *rows = differing_rows(old, new)
    assert first.startswith("rests on safeq6: YSoft SafeQ 6, Network Communication, Spring 2031")
    assert "not YSoft SafeQ 6, Network Communication, Spring 2023" in first
    assert rows == [
        "row safeq6/ims/4: ports 7347/tcp, 7348/tcp -> 7347/tcp, 7448/tcp; changed by next: It moved.",
        "row safeq6/ims/5: changed by next: It is gone.",
        "row safeq6/ims/6 is new: ua to ims, 7449/tcp",
    ]
    assert "row safeq6/ims/6 is gone: ua to ims, 7449/tcp" in differing_rows(new, old)
    assert "row safeq6/ims/5: as its document has it again" in differing_rows(new, old)


def test_plans_on_the_same_files_have_no_differing_rows(tmp_path: pathlib.Path) -> None:
    plan = plan_of("safeq6", folder=tmp_path)
    assert differing_rows(plan, plan_of("safeq6", folder=tmp_path)) == []
    assert differing_rows({**plan, "compiled_from": {"catalogs": {}}}, plan) == []
