# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run does not check shipped catalogs again: they are checked here, and known by their digests."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import CatalogError
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog import load
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.schema import CHECKED_FILE
from ansible_collections.printops.firewall.scripts.pages.digests import checked_digests


def test_every_shipped_file_is_right_and_has_its_digest() -> None:
    assert CHECKED_FILE.read_text(encoding="utf-8") == checked_digests(), "run scripts/catalog_pages"


def test_a_shipped_catalog_is_not_checked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "check_catalog", None)
    assert load.load_catalog(load.find_catalog("lrs", base_folder=None)).name == "lrs"


def test_a_copy_with_another_byte_is_checked(tmp_path: pathlib.Path) -> None:
    text = load.find_catalog("lrs", base_folder=None).read_text(encoding="utf-8")
    copy = tmp_path / "lrs.yml"
    copy.write_text(text + "surprise: 1\n", encoding="utf-8")
    with pytest.raises(CatalogError, match=r"lrs\.yml: .*surprise"):
        load.load_catalog(copy)
