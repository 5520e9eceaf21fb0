# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation says what is there: pages of the catalogs, links, variables, make targets, the examples."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import typing as t

import pytest
import yaml

from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import VARIABLES
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.load import (
    find_catalog,
    load_catalog,
    shipped_catalogs,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.items import load_items
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.scope import role_variables
from ansible_collections.printops.firewall.scripts.pages.catalog import anchor, catalog_page
from ansible_collections.printops.firewall.scripts.pages.readiness import items_page

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
DOCS = CHECKOUT / "docs"
README = CHECKOUT / "README.md"
WRITTEN = sorted([README, CHECKOUT / "CONTRIBUTING.md", *DOCS.glob("*.md"), *CHECKOUT.glob("roles/*/README.md")])
PAGES = sorted([*WRITTEN, *DOCS.glob("catalogs/*.md")])
OVERLAY = CHECKOUT / "inventory_examples" / "overlay"

LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```$", flags=re.MULTILINE | re.DOTALL)


def name_of(path: pathlib.Path) -> str:
    return str(path.relative_to(CHECKOUT))


def prose(path: pathlib.Path) -> str:
    """The page without its blocks of code."""
    return FENCED.sub("", path.read_text(encoding="utf-8"))


def anchors(path: pathlib.Path) -> list[str]:
    return [anchor(heading.replace("`", "")) for heading in re.findall(r"^#+ (.*)$", prose(path), flags=re.MULTILINE)]


def dead_links(path: pathlib.Path) -> list[str]:
    found = []
    for link in LINK.findall(prose(path)):
        if "://" in link:
            continue
        file, _hash, fragment = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (fragment and fragment not in anchors(target)):
            found.append(link)
    return found


@pytest.mark.parametrize("name", shipped_catalogs())
def test_the_page_of_a_catalog_is_what_the_generator_makes(name: str) -> None:
    catalogs = {one: load_catalog(find_catalog(one, base_folder=None)) for one in shipped_catalogs()}
    made = catalog_page(catalogs.pop(name), others=list(catalogs.values()))
    committed = (DOCS / "catalogs" / f"{name}.md").read_text(encoding="utf-8")
    assert committed == made, f"docs/catalogs/{name}.md is not what its catalog says: run scripts/catalog_pages"


def test_every_page_of_a_catalog_has_its_catalog() -> None:
    assert {page.stem for page in (DOCS / "catalogs").iterdir()} == set(shipped_catalogs())


def test_the_page_of_the_items_is_what_the_generator_makes() -> None:
    committed = (DOCS / "preinstall_items.md").read_text(encoding="utf-8")
    assert committed == items_page(load_items()), "it is not what the catalog says: run scripts/catalog_pages"


def test_every_variable_that_an_item_needs_exists() -> None:
    needed = {name for item in load_items() for name in item.needs}
    assert needed <= role_variables() | VARIABLES


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_link_is_dead(page: pathlib.Path) -> None:
    assert dead_links(page) == []


def test_dead_links_are_found(tmp_path: pathlib.Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A b\n[one](#a-b) [two](#c) [three](other.md) [four](page.md#a-b) [five](https://x.y/z)\n")
    assert dead_links(page) == ["#c", "other.md"]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_two_headings_share_an_anchor(page: pathlib.Path) -> None:
    found = anchors(page)
    assert sorted(found) == sorted(set(found))


def test_the_reference_has_every_variable_and_no_other() -> None:
    documented = re.findall(
        r"^\| `(printops_[a-z_]+)` \|", (DOCS / "reference.md").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert sorted(documented) == sorted(VARIABLES)


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_every_make_target_that_is_named_exists(page: pathlib.Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", page.read_text(encoding="utf-8")))
    assert named <= targets


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_every_block_of_yaml_can_be_read(page: pathlib.Path) -> None:
    for block in re.findall(r"^```yaml\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL):
        yaml.safe_load(block)


def run_plan(inventory: pathlib.Path, *, plan_file: pathlib.Path) -> str:
    """What the playbook prints."""
    done = subprocess.run(
        [
            "ansible-playbook",
            "-i",
            inventory,
            "playbooks/plan.yml",
            "-e",
            f"printops_plan_file={plan_file}",
            "-e",
            "printops_plan_replace=true",
        ],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_inventory_of_the_readme_has_the_plan_that_it_shows(tmp_path: pathlib.Path) -> None:
    text = README.read_text(encoding="utf-8")
    smallest, decided = re.findall(r"^```yaml\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    inventory, plan_file = tmp_path / "hosts.yml", tmp_path / "plan.json"
    inventory.write_text(smallest, encoding="utf-8")
    (count,) = re.findall(r"^.* flows in rules, .*$", run_plan(inventory, plan_file=plan_file), flags=re.MULTILINE)
    assert count in text
    inventory.write_text(smallest + decided, encoding="utf-8")
    run_plan(inventory, plan_file=plan_file)
    assert json.loads(plan_file.read_text(encoding="utf-8"))["open_inputs"] == []


@pytest.fixture(scope="module")
def overlay_plan(tmp_path_factory: pytest.TempPathFactory) -> dict[str, t.Any]:
    plan_file = tmp_path_factory.mktemp("overlay") / "plan.json"
    printed = run_plan(OVERLAY / "inventory", plan_file=plan_file)
    assert "WARNING]: Skipping" not in printed, "Ansible took a catalog for an inventory"
    return json.loads(plan_file.read_text(encoding="utf-8"))


def openings(plan: dict[str, t.Any], flow: str) -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    rules = plan["hosts"]["safeq"]["rules"]
    return [
        (rule["direction"], rule["protocol"], tuple(rule.get("ports", rule.get("icmp_types"))), tuple(rule["remotes"]))
        for rule in rules
        if flow in rule["flows"]
    ]


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        (1, [("out", "udp", ("123",), ("192.0.2.123/32",))]),
        (
            2,
            [
                ("out", "tcp", ("53",), ("192.0.2.53/32", "192.0.2.54/32")),
                ("out", "udp", ("53",), ("192.0.2.53/32", "192.0.2.54/32")),
            ],
        ),
        (3, [("in", "tcp", ("6162",), ("192.0.2.70/32",))]),
        (4, [("in", "tcp", ("9100",), ("192.0.2.80/32",))]),
        (5, [("in", "icmp", ("echo-request",), ("192.0.2.80/32",))]),
    ],
)
def test_flows_of_an_own_catalog_open_what_they_say(
    overlay_plan: dict[str, t.Any], row: int, wanted: list[object]
) -> None:
    flow = f"site_services/infrastructure/{row}"
    assert openings(overlay_plan, flow) == wanted
    document = f"Services of our sites: Network standard of the company, Infrastructure, row {row}"
    assert overlay_plan["flows"][flow]["document"] == document


def test_a_row_without_a_client_gets_it_from_the_overlay(overlay_plan: dict[str, t.Any]) -> None:
    shipped = {flow.id: flow for flow in load_catalog(find_catalog("safeq6", base_folder=None)).flows}
    assert shipped["safeq6/others/27"].client == ()
    assert openings(overlay_plan, "safeq6/others/27") == [("in", "tcp", ("9009",), ("192.0.2.20/32",))]
    assert overlay_plan["flows"]["safeq6/others/27"]["changed"] == (
        "changed by our_safeq6: Our web server hands requests on over AJP, and nobody else may."
    )


@pytest.mark.parametrize("guide", ["own_catalog.md", "catalog_format.md"])
def test_the_overlay_in_the_guides_is_the_one_of_the_example(guide: str) -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```$", (DOCS / guide).read_text(), flags=re.MULTILINE | re.DOTALL)
    (shown,) = (yaml.safe_load(block) for block in blocks if "overlay/1" in block)
    assert shown == yaml.safe_load((OVERLAY / "catalogs" / "safeq6_changes.yml").read_text())
