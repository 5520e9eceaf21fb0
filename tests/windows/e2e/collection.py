# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of the collection in which the stand-in has the place of the only file that touches Windows."""

from __future__ import annotations

import pathlib
import shutil

from .playbook import CHECKOUT

PARTS = ("meta", "playbooks", "plugins", "roles")
TOUCHES_WINDOWS = pathlib.Path("plugins", "module_utils", "_windows", "Firewall.psm1")
STANDIN = CHECKOUT / "tests" / "windows" / "standin" / TOUCHES_WINDOWS.name


def copy_with_standin(folder: pathlib.Path) -> pathlib.Path:
    """What C(ANSIBLE_COLLECTIONS_PATH) is to name, below the folder."""
    collections = folder / "collections"
    copy = collections / "ansible_collections" / "printops" / "firewall"
    copy.mkdir(parents=True)
    for part in PARTS:
        shutil.copytree(CHECKOUT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CHECKOUT / "galaxy.yml", copy / "galaxy.yml")
    shutil.copy(STANDIN, copy / TOUCHES_WINDOWS)
    return collections
