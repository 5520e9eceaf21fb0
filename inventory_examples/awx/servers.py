# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory script for Ansible: the hosts of servers.csv. A line that is no host is an error."""

from __future__ import annotations

import csv
import json
import pathlib
import sys

FILE = pathlib.Path(__file__).resolve().with_name("servers.csv")
VARIABLES = {"address": "ansible_host", "site": "printops_site", "cluster": "printops_cluster"}
COLUMNS = ["name", *VARIABLES, "tags"]


def hosts() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    with FILE.open(encoding="utf-8-sig", newline="") as text:
        rows = csv.DictReader(text, strict=True)
        if rows.fieldnames != COLUMNS:
            sys.exit(f"{FILE}: the columns are {rows.fieldnames}; they must be {COLUMNS}")
        for row in rows:
            place = f"{FILE}: line {rows.line_num}"
            if None in row or None in row.values():
                sys.exit(f"{place}: there must be {len(COLUMNS)} cells")
            cells = {column: value.strip() for column, value in row.items()}
            name = cells["name"]
            if not name or not cells["address"] or name in found:
                sys.exit(f"{place}: {name or 'the server'} has no name, no address, or is there already")
            found[name] = {variable: cells[column] for column, variable in VARIABLES.items() if cells[column]}
            found[name]["server_tags"] = [tag.strip() for tag in cells["tags"].split(";") if tag.strip()]
    return found


if __name__ == "__main__":
    servers = hosts()
    json.dump({"_meta": {"hostvars": servers}, "all": {"hosts": sorted(servers)}}, sys.stdout)
