# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Digests of the shipped catalogs, and of the schemas that they were checked against."""

from __future__ import annotations

import hashlib

from ansible_collections.printops.firewall.plugins.plugin_utils._base.yaml_file import read_yaml
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.schema import (
    CATALOG_FOLDER,
    CHECKED_FILE,
    CHECKS_FILE,
    check_catalog,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.items import check_items


def checked_digests() -> str:
    """Lines as sha256sum writes them; raises C(CatalogError) or C(ReadinessError) where a shipped file is wrong."""
    lines = []
    for file in sorted(CATALOG_FOLDER.iterdir()):
        if file == CHECKED_FILE:
            continue
        if file.suffix == ".yml":
            check = check_items if file == CHECKS_FILE else check_catalog
            check(read_yaml(file)[1], file=str(file))
        lines.append(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n")
    return "".join(lines)
