# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""With what a verification was made."""

from __future__ import annotations

import json
import pathlib
import platform

import yaml
from ansible.release import __version__ as ansible_version

_COLLECTION = pathlib.Path(__file__).resolve().parents[3]


def versions() -> dict[str, str]:
    """Of the collection, ansible-core and the controller's Python."""
    return {"collection": collection_version(), "ansible": ansible_version, "python": platform.python_version()}


def collection_version(folder: pathlib.Path = _COLLECTION) -> str:
    """As the installed collection has it, or a checkout; empty where the folder is neither, such as a vendored copy."""
    manifest, galaxy = folder / "MANIFEST.json", folder / "galaxy.yml"
    if manifest.is_file():
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    return str(yaml.safe_load(galaxy.read_text(encoding="utf-8"))["version"]) if galaxy.is_file() else ""
