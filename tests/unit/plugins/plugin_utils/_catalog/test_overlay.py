# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Overlays: what they change of a catalog, and what they are told where they cannot."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import CatalogError
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.load import find_catalog, load_catalogs
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.model import Catalog, Flow
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import compile_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import Plan
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import inventory, tcp, tiny_data

Data = dict[str, t.Any]

PROXY = {"kind": "external", "printed": [], "description": "A web server in front."}
NAMES_A_CLIENT = {"tiny/all/14": {"client": ["user"], "reason": "People use it here."}}


def load(folder: pathlib.Path, *overlays: Data) -> Catalog:
    """The tiny catalog with overlays over it."""
    files = [folder / "tiny.yml", *(folder / f"overlay{number}.yml" for number in range(len(overlays)))]
    headers = [{"format": "printops.firewall/overlay/1", "name": f"ours{number}"} for number in range(len(overlays))]
    contents = [tiny_data(), *({**header, **one} for header, one in zip(headers, overlays, strict=True))]
    for file, content in zip(files, contents, strict=True):
        file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    (catalog,) = load_catalogs(files)
    return catalog


def flow(catalog: Catalog, flow_id: str) -> Flow:
    (found,) = (one for one in catalog.flows if one.id == flow_id)
    return found


def test_a_change_replaces_its_keys_and_is_told(tmp_path: pathlib.Path) -> None:
    catalog = load(tmp_path, {"changes": NAMES_A_CLIENT})
    changed = flow(catalog, "tiny/all/14")
    assert changed.client == ("user",)
    assert changed.server == ("web",)
    assert changed.changed == "changed by ours0: People use it here."
    assert flow(catalog, "tiny/all/1").changed == ""


def test_null_takes_a_key_away(tmp_path: pathlib.Path) -> None:
    change = {"treatment": None, "because": None, "reason": "Our network guards it."}
    assert flow(load(tmp_path, {"changes": {"tiny/all/7": change}}), "tiny/all/7").treatment == "open"


def test_two_overlays_may_change_different_keys_of_a_flow_and_both_are_told(tmp_path: pathlib.Path) -> None:
    other = {"tiny/all/14": {"scope": "site", "reason": "One site at a time."}}
    changed = flow(load(tmp_path, {"changes": NAMES_A_CLIENT}, {"changes": other}), "tiny/all/14")
    assert (changed.client, changed.scope) == (("user",), "site")
    assert changed.changed == "changed by ours0: People use it here.; changed by ours1: One site at a time."


def test_two_overlays_cannot_change_the_same_key(tmp_path: pathlib.Path) -> None:
    other = {"tiny/all/14": {"client": ["agent"], "reason": "Only the agent."}}
    with pytest.raises(CatalogError, match=r"overlay1.yml: changes: tiny/all/14: client is changed by .*overlay0.yml"):
        load(tmp_path, {"changes": NAMES_A_CLIENT}, {"changes": other})


NEW_ROW = {
    "id": "tiny/all/99",
    "as_printed": {"client": "User", "port": "7000"},
    "purpose": "New.",
    "client": ["user"],
    "server": ["web"],
    "unsecured": [tcp("7000")],
}


def new_row(**keys: t.Any) -> Data:
    """A row behind the last one of the tiny catalog."""
    return {**NEW_ROW, "id": f"tiny/all/{len(tiny_data()['flows']) + 1}", **keys}


def test_an_overlay_adds_rows_and_sections_and_names_the_release(tmp_path: pathlib.Path) -> None:
    overlay = {
        "documents": {"tiny": {"revision": "2"}},
        "sections": {"tiny/more": {"title": "More"}},
        "flows": [new_row(), {**NEW_ROW, "id": "tiny/more/1"}],
    }
    catalog = load(tmp_path, overlay)
    assert [one.id for one in catalog.flows[-2:]] == [new_row()["id"], "tiny/more/1"]
    assert catalog.flows[-1].changed == "added by ours0"
    assert catalog.sections["more"] == "More"
    assert catalog.raw["document"]["revision"] == "2"


def test_an_overlay_changes_what_a_row_prints(tmp_path: pathlib.Path) -> None:
    change = {"tiny/all/1": {"as_printed": {"client": "Someone", "port": "81"}, "reason": "The next release says so."}}
    assert flow(load(tmp_path, {"changes": change}), "tiny/all/1").as_printed == (("client", "Someone"), ("port", "81"))


@pytest.mark.parametrize(
    ("overlays", "message"),
    [
        ([{"flows": [{**NEW_ROW, "id": "tiny/all/1"}]}], "overlay0.yml: flows: tiny/all/1 is in the catalog already"),
        ([{"flows": [new_row()]}, {"flows": [new_row()]}], "overlay1.yml: flows: .* is in .*overlay0.yml already"),
        ([{"flows": [new_row(id="tiny/all/99")]}], "flow tiny/all/99: key id: this is row"),
        ([{"flows": [new_row(id="tiny/other/1")]}], "tiny: flows: there is no section 'other'"),
        ([{"flows": [new_row(server=["wep"])]}], "'wep' is not among the catalog's components; did you mean 'web'"),
        ([{"flows": [new_row(server=[])]}], "key server: \\[\\] should be non-empty"),
        ([{"flows": [new_row(treatment="unanswered")]}], "'because' is a required property"),
        (
            [{"sections": {"tiny/all": {"title": "All"}}, "flows": [new_row()]}],
            "the catalog has the section 'all' already",
        ),
        (
            [{"documents": {"tiny": {"revision": "2"}}}, {"documents": {"tiny": {"revision": "3"}}}],
            "overlay1.yml: documents: tiny is brought to a release by .*overlay0.yml too",
        ),
        ([{"documents": {"tiny": {"date": "today"}}}], "'revision' is a required property"),
        ([{"documents": {"tinny": {"revision": "2"}}}], "documents: tinny is of no selected catalog"),
    ],
)
def test_what_an_overlay_cannot_add_is_told(overlays: list[Data], message: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(CatalogError, match=message):
        load(tmp_path, *overlays)


def test_an_unanswered_row_is_closed_and_the_plan_warns_of_it(tmp_path: pathlib.Path) -> None:
    row = new_row(treatment="unanswered", because="Who is its client?", client=[], server=[])
    catalog = load(tmp_path, {"flows": [row]})
    assert (catalog.flows[-1].treatment, catalog.flows[-1].server) == ("unanswered", ())


def test_an_overlay_adds_a_component_that_the_document_lacks(tmp_path: pathlib.Path) -> None:
    overlay = {
        "components": {"tiny/proxy": PROXY},
        "changes": {"tiny/all/14": {"client": ["proxy"], "reason": "Our web server."}},
    }
    catalog = load(tmp_path, overlay)
    assert catalog.components["proxy"].kind == "external"
    assert flow(catalog, "tiny/all/14").client == ("proxy",)


def test_an_added_component_may_be_part_of_one_of_the_catalog(tmp_path: pathlib.Path) -> None:
    label = {"kind": "device", "printed": [], "description": "Label printers.", "part_of": ["printer"]}
    catalog = load(tmp_path, {"components": {"tiny/label_printer": label}})
    assert catalog.components["label_printer"].part_of == {"label_printer", "printer"}


def test_the_digest_tells_catalogs_with_different_overlays_apart(tmp_path: pathlib.Path) -> None:
    plain = load(tmp_path)
    with_component = load(tmp_path, {"components": {"tiny/proxy": PROXY}})
    with_change = load(tmp_path, {"changes": NAMES_A_CLIENT})
    assert len({plain.sha256, with_component.sha256, with_change.sha256}) == 3


@pytest.mark.parametrize(
    ("overlay", "message"),
    [
        ({"changes": {"tiny/all/99": {"client": ["user"], "reason": "x"}}}, "there is no flow 'tiny/all/99'"),
        ({"changes": {"tinny/all/1": {"client": ["user"], "reason": "x"}}}, "did you mean 'tiny'"),
        ({"components": {"tinny/proxy": PROXY}}, "did you mean 'tiny'"),
        ({"changes": {"tiny/all/1": {"client": ["users"], "reason": "x"}}}, "did you mean 'user'"),
        ({"changes": {"tiny/all/1": {"client": ["user"]}}}, "'reason' is a required property"),
        ({"changes": {"tiny/all/1": {"clients": ["user"], "reason": "x"}}}, "'clients' was unexpected"),
        ({"changes": {"tiny/all/1": {"client": "user", "reason": "x"}}}, "tiny/all/1.client: 'user' is not of type"),
        ({"changes": {"tiny/all/1": {"scope": "town", "reason": "x"}}}, "tiny/all/1.scope: 'town' is not one of"),
        ({"changes": {"tiny/all/1": {"client": None, "reason": "x"}}}, "tiny/all/1.client: None is not of type"),
        (
            {"changes": {"tiny/all/1": {"unsecured": [tcp("99999")], "reason": "x"}}},
            "tiny/all/1: key unsecured: '99999'",
        ),
        ({"changes": {"tiny/all/1": {"feature": "fax", "reason": "x"}}}, "tiny/all/1: key feature: 'fax' is not among"),
        ({"changes": {"tiny/all/1": {"treatment": "opt_in", "reason": "x"}}}, "tiny/all/1"),
        ({"changes": {"tiny/all/1": {"id": "tiny/all/2", "reason": "x"}}}, "tiny/all/1"),
        ({"changes": {"tiny/all/1": {"as_printed": {}, "reason": "x"}}}, "tiny/all/1"),
        ({"changes": {"tiny/1": {"client": ["user"], "reason": "x"}}}, "tiny/1"),
        ({"changes": []}, "changes"),
        ({"components": {"tiny/web": PROXY}}, "the catalog has the component 'web' already"),
        ({"components": {"tiny/proxy": {**PROXY, "part_of": ["webb"]}}}, "did you mean 'web'"),
        ({}, "'changes' is a required property"),
    ],
)
def test_mistakes_are_told_with_the_file(overlay: Data, message: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(CatalogError, match=r"overlay0\.yml") as caught:
        load(tmp_path, overlay)
    assert message in str(caught.value)


def test_two_overlays_cannot_add_the_same_component(tmp_path: pathlib.Path) -> None:
    overlay = {"components": {"tiny/proxy": PROXY}}
    with pytest.raises(CatalogError, match=r"overlay1.yml.*'proxy' already"):
        load(tmp_path, overlay, overlay)


@pytest.mark.parametrize("wrong", ["printops.firewall/overlay/2", None])
def test_a_file_of_another_format_is_told_so_before_anything_else(wrong: str | None, tmp_path: pathlib.Path) -> None:
    with pytest.raises(CatalogError, match=r"overlay0\.yml: key format: .* printops.firewall/overlay/1"):
        load(tmp_path, {"format": wrong, "changes": NAMES_A_CLIENT})


def test_a_path_is_told_without_its_detours(tmp_path: pathlib.Path) -> None:
    (tmp_path / "inventory").mkdir()
    (tmp_path / "own.yml").touch()
    assert find_catalog("../own.yml", base_folder=str(tmp_path / "inventory")) == tmp_path / "own.yml"


AJP = "safeq6/others/27"
OURS = {
    "format": "printops.firewall/overlay/1",
    "name": "ours",
    "components": {"safeq6/proxy": PROXY},
    "changes": {
        AJP: {
            "client": ["proxy"],
            "treatment": "open",
            "because": None,
            "reason": "Our web server hands requests on.",
        }
    },
}


def plan_of(folder: pathlib.Path, files: t.Mapping[str, Data], **variables: t.Any) -> Plan:
    """A plan of a SafeQ 6 server that also runs our own web server, with files beside the inventory."""
    for name, content in files.items():
        (folder / name).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    groups = {"safeq6_end_user_interface": ["h1"], **({"tiny_web": ["h1"]} if "tiny.yml" in files else {})}
    own = {"ansible_host": "10.0.0.1", "printops_catalogs": ["safeq6", *files], "inventory_dir": str(folder)}
    return compile_plan(inventory(groups, {"h1": {**own, **variables}}))


def test_a_row_without_a_client_is_opened_to_the_one_that_an_overlay_gives_it(tmp_path: pathlib.Path) -> None:
    shipped = plan_of(tmp_path, {}, printops_accept=[AJP])
    assert [one["why"] for one in shipped["skipped"] if one["flow"] == AJP] == ["the document names no client for it"]

    plan = plan_of(tmp_path, {"ours.yml": OURS}, printops_networks={"proxy": ["10.0.9.1"]})
    (rule,) = (rule for rule in plan["hosts"]["h1"]["rules"] if AJP in rule["flows"])
    assert (rule["direction"], rule["ports"], rule["remotes"]) == ("in", ["9009"], ["10.0.9.1/32"])
    assert plan["flows"][AJP]["changed"] == "changed by ours: Our web server hands requests on."
    assert [flow for flow, facts in plan["flows"].items() if "changed" in facts] == [AJP]


def test_the_operators_own_catalog_stands_beside_a_shipped_one(tmp_path: pathlib.Path) -> None:
    networks = {"user": ["10.9.0.0/16"], "proxy": ["10.0.9.1"]}
    plan = plan_of(tmp_path, {"tiny.yml": tiny_data(), "ours.yml": OURS}, printops_networks=networks)
    assert sorted(plan["compiled_from"]["catalogs"]) == ["safeq6", "tiny"]
    assert plan["hosts"]["h1"]["components"] == ["safeq6_end_user_interface", "tiny_web"]
    opened = {flow for rule in plan["hosts"]["h1"]["rules"] for flow in rule["flows"]}
    assert {AJP, "tiny/all/1"} <= opened
    assert plan["flows"]["tiny/all/1"]["document"] == "Tiny: Ports, All, row 1"


def test_a_catalog_of_the_name_of_a_shipped_one_is_refused(tmp_path: pathlib.Path) -> None:
    twin = yaml.safe_load(find_catalog("lrs", base_folder=None).read_text(encoding="utf-8"))
    (tmp_path / "own.yml").write_text(yaml.safe_dump(twin, sort_keys=False), encoding="utf-8")
    with pytest.raises(CatalogError, match="another catalog of the name 'lrs'"):
        load_catalogs([find_catalog("lrs", base_folder=None), tmp_path / "own.yml"])


def test_a_key_given_twice_is_an_error_with_its_line(tmp_path: pathlib.Path) -> None:
    (tmp_path / "tiny.yml").write_text(yaml.safe_dump(tiny_data(), sort_keys=False), encoding="utf-8")
    (tmp_path / "ours.yml").write_text(
        "format: printops.firewall/overlay/1\nname: ours\nchanges:\n"
        "  tiny/all/1: {scope: site, reason: x}\n  tiny/all/1: {scope: any, reason: y}\n",
        encoding="utf-8",
    )
    with pytest.raises(CatalogError, match=r"ours\.yml: (.|\n)*'tiny/all/1' is given twice(.|\n)*line 5"):
        load_catalogs([tmp_path / "tiny.yml", tmp_path / "ours.yml"])


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return tmp_path_factory.mktemp("overlays")


junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(["user", "443", "tcp", "site", "reason", ""])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["protocol", "ports", "decision"]), inner)
    ),
    max_leaves=5,
)
keys = st.sampled_from(
    [*tiny_data()["flows"][0], "scope", "feature", "treatment", "risks", "secured_twin", "reason", 7]
)
changes = st.dictionaries(
    st.sampled_from(["tiny/all/1", "tiny/all/14", "tiny/all/99", "tiny", "", 3]),
    st.one_of(junk, st.dictionaries(keys, junk, max_size=3).map(lambda change: {"reason": "x", **change})),
    max_size=2,
)


@given(st.one_of(junk, changes), st.one_of(st.just({}), junk, st.dictionaries(st.just("tiny/new"), junk)))
def test_junk_is_a_change_or_refused_with_the_file(folder: pathlib.Path, change: t.Any, component: t.Any) -> None:
    try:
        catalog = load(folder, {"changes": change, "components": component})
    except CatalogError as error:
        assert "overlay0.yml" in str(error)
    else:
        assert isinstance(change, dict)
        assert {one.id for one in catalog.flows if one.changed} == set(change)
