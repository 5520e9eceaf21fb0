# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import json
import pathlib

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._offline.folder import (
    FORMAT,
    Folder,
    OfflineError,
    is_own_address,
    read_sums,
)

DOCUMENT = {"format": FORMAT, "host": "h", "provider": "ufw", "addresses": ["192.0.2.1"], "arguments": {"rules": []}}


def make(folder: pathlib.Path, **changes: str) -> pathlib.Path:
    text = json.dumps({**DOCUMENT, **changes})
    (folder / "rules.json").write_text(text)
    (folder / "SHA256SUMS").write_text(f"{hashlib.sha256(text.encode()).hexdigest()}  rules.json\n")
    return folder


def test_a_folder_is_read(tmp_path: pathlib.Path) -> None:
    folder = Folder.read(make(tmp_path))
    assert folder == Folder(tmp_path, "h", "ufw", ["192.0.2.1"], {"rules": []})


def test_an_edited_file_is_refused(tmp_path: pathlib.Path) -> None:
    (make(tmp_path) / "rules.json").write_text(json.dumps({**DOCUMENT, "host": "other"}))
    with pytest.raises(OfflineError, match=r"rules\.json is not the file that was rendered"):
        Folder.read(tmp_path)


def test_a_lost_file_is_refused(tmp_path: pathlib.Path) -> None:
    (make(tmp_path) / "rules.json").unlink()
    with pytest.raises(OfflineError, match=r"cannot be read.*rules\.json"):
        Folder.read(tmp_path)


def test_another_format_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(OfflineError, match=r"'printops\.firewall/rendered/2'"):
        Folder.read(make(tmp_path, format="printops.firewall/rendered/2"))


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../b", ""])
def test_sums_name_only_files_of_the_folder(tmp_path: pathlib.Path, name: str) -> None:
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  {name}\n")
    with pytest.raises(OfflineError, match="line 1"):
        read_sums(tmp_path)


def test_no_sums_is_no_folder_of_ours(tmp_path: pathlib.Path) -> None:
    with pytest.raises(OfflineError, match="not a rendered folder"):
        read_sums(tmp_path)


def test_a_folder_of_another_host_is_refused(tmp_path: pathlib.Path) -> None:
    folder = Folder.read(make(tmp_path))
    folder.check_address(is_own=lambda address: address == "192.0.2.1")
    with pytest.raises(OfflineError, match=r"for h \(192\.0\.2\.1\).*--any-address"):
        folder.check_address(is_own=lambda _address: False)


def test_own_addresses_are_known() -> None:
    assert is_own_address("127.0.0.1")
    assert not is_own_address("192.0.2.1")
    assert not is_own_address("2001:db8::1")
