# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Where a run keeps its plan, in parts for its hosts.

Imports nothing else of this collection before it must, as every task of every host asks here: Ansible compiles each
module of a collection anew in each of them.
"""

from __future__ import annotations

import json
import pathlib
import re
import typing as t
import zlib

from ansible import constants

DRAWERS = 512
CURRENT = "current"

Variables = t.Mapping[str, t.Any]
Part = dict[str, t.Any]


def folder_of(groups: t.Mapping[str, t.Sequence[str]], *, approved: str = "") -> pathlib.Path:
    """The folder for groups and their hosts, and for the fingerprint of an approved plan; the same in a whole run."""
    groups_hash = hash(tuple((group, *hosts) for group, hosts in groups.items())) & 0xFFFFFFFFFFFFFFFF
    name = f"{groups_hash:016x}-{approved}" if approved else f"{groups_hash:016x}"
    return pathlib.Path(constants.DEFAULT_LOCAL_TMP, "printops-firewall", name)


def newest(folder: pathlib.Path) -> pathlib.Path | None:
    """The folder of the plan that was made last, whole; C(None) where there is none."""
    try:
        return folder / (folder / CURRENT).readlink()
    except OSError:
        return None


def drawer_of(host: str) -> str:
    """The file with the host's part: of ten thousand hosts twenty share one, for a file a host takes long to make."""
    return f"parts-{zlib.crc32(host.encode()) % DRAWERS:03x}.json"


def host_parts(names: list[str], variables: Variables, *, refresh: bool, lookup: str) -> list[Part]:
    """The parts of the plan about the named hosts, as C(lookup) returns them; empty for hosts that run no component.

    Raises C(AnsibleLookupError) where a name is that of no host, or where there is no plan.
    """
    parts = None if refresh else _kept_parts(names, variables)
    if parts is not None:
        return parts
    from ansible.errors import AnsibleLookupError

    from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError

    from .run import compiled_parts

    try:
        return compiled_parts(names, variables, refresh=refresh)
    except PrintopsError as error:
        raise AnsibleLookupError(f"{lookup}: {error}") from error


def _kept_parts(names: object, variables: Variables) -> list[Part] | None:
    """The parts of the plan about the named hosts; C(None) where it is not as simple as that."""
    approved = variables.get("printops_plan_fingerprint", "")
    if "printops_plan_carried" in variables and not approved:
        return None
    if approved and not (isinstance(approved, str) and re.fullmatch("[0-9a-f]{64}", approved)):
        return None
    generation = newest(folder_of(variables["groups"], approved=str(approved)))
    if generation is None or not isinstance(names, list):
        return None
    try:
        return [json.loads((generation / drawer_of(name)).read_text(encoding="utf-8"))[name] for name in names]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
