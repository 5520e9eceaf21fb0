# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._offline.folder import (
    FORMAT,
    Folder,
    OfflineError,
)

DOCUMENT = {"format": FORMAT, "host": "h", "provider": "ufw", "addresses": ["192.0.2.1"], "arguments": {"rules": []}}


def make(folder: pathlib.Path, **changes: t.Any) -> pathlib.Path:
    (folder / "rules.json").write_text(json.dumps({**DOCUMENT, **changes}))
    return folder


def test_a_folder_is_read(tmp_path: pathlib.Path) -> None:
    assert Folder.read(make(tmp_path)) == Folder(tmp_path, "h", "ufw", ["192.0.2.1"], {"rules": []})


def test_another_format_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(OfflineError, match=r"'printops\.firewall/rendered/2'.*Nothing was changed"):
        Folder.read(make(tmp_path, format="printops.firewall/rendered/2"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read"),
        ('{"format": "printops', "cannot be read"),
        ("{}", "its 'format' is None, and must be of type str"),
        ("[]", "its 'format' is None"),
        (
            json.dumps({**DOCUMENT, "addresses": "192.0.2.1"}),
            "its 'addresses' is '192.0.2.1', and must be of type list",
        ),
    ],
)
def test_what_is_no_document_of_ours_is_told(tmp_path: pathlib.Path, text: str, said: str) -> None:
    (tmp_path / "rules.json").write_text(text)
    with pytest.raises(OfflineError, match=f"{said}.*Nothing was changed"):
        Folder.read(tmp_path)
    (tmp_path / "rules.json").unlink()
    with pytest.raises(OfflineError, match=r"cannot be read.*Nothing was changed"):
        Folder.read(tmp_path)


def test_a_folder_of_another_host_is_refused(tmp_path: pathlib.Path) -> None:
    folder = Folder.read(make(tmp_path))
    folder.check_address({"127.0.0.1", "192.0.2.1"})
    with pytest.raises(OfflineError, match=r"for h \(192\.0\.2\.1\).*--any-address"):
        folder.check_address({"127.0.0.1", "192.0.2.2"})
