# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Overlays: what they change of a catalog, and what they are told where they cannot."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml

from ansible_collections.printops.firewall.plugins.plugin_utils._catalog import find_catalog, load_catalogs
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog_model import Catalog, Flow
from ansible_collections.printops.firewall.plugins.plugin_utils._errors import CatalogError

from .support import tiny_data

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
