# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What an administrator's firewalld lets in, from its files and the zones in use: cheap enough for every run."""

from __future__ import annotations

import pathlib
import re
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.openings import Opening

from .containers import Container, parse_xml
from .foreign import foreign_openings
from .host import Host
from .objects import PREFIX


class Definitions:
    """Services and ipsets by name, the administrator's before those that firewalld brings."""

    def __init__(self, *, folders: t.Sequence[pathlib.Path]) -> None:
        self._folders = folders

    def service(self, name: str) -> t.Optional[bytes]:
        return self._content(f"services/{name}.xml")

    def ipset(self, name: str) -> t.Optional[bytes]:
        return self._content(f"ipsets/{name}.xml")

    def _content(self, path: str) -> t.Optional[bytes]:
        for folder in self._folders:
            if (folder / path).is_file():
                return (folder / path).read_bytes()
        return None


def folders_of(host: Host) -> t.Tuple[pathlib.Path, pathlib.Path]:
    """The administrator's, and the one that firewalld brings."""
    return host.folder, host.folder.parents[1] / "usr/lib/firewalld"


def permanent_openings(host: Host, *, active_zones: t.Mapping[str, t.Sequence[str]]) -> t.List[Opening]:
    """The openings of all files but ours; raises C(ElementTree.ParseError) where one is no XML.

    C(active_zones) has each zone's interfaces and sources as the daemon has them; none where there is no daemon.
    """
    active = dict(active_zones)
    default_zone = _default_zone(host.configuration())
    in_use = {*active, default_zone} if active else None
    zones = _containers(host, folder="zones", kind="zone", shipped=in_use)
    policies = _containers(host, folder="policies", kind="policy", shipped=None)
    for name, zone in zones.items():
        bound = [*active.get(name, ()), *zone.named("interface"), *zone.named("source")]
        active[name] = list(dict.fromkeys(bound))
    return foreign_openings(
        zones=zones,
        policies=policies,
        active=active,
        default_zone=default_zone,
        objects=Definitions(folders=folders_of(host)),
    )


def _containers(host: Host, *, folder: str, kind: str, shipped: t.Optional[t.Container[str]]) -> t.Dict[str, Container]:
    """All of the administrator's, and of those that firewalld brings the named ones; None stands for all."""
    own, brought = folders_of(host)
    files = {path.stem: path for path in (brought / folder).glob("*.xml") if shipped is None or path.stem in shipped}
    files.update((path.stem, path) for path in (own / folder).glob("*.xml"))
    return {
        name: parse_xml(path.read_bytes(), kind=kind, name=name)
        for name, path in files.items()
        if not name.startswith(PREFIX)
    }


def _default_zone(configuration: str) -> str:
    found = re.search(r"(?m)^\s*DefaultZone\s*=\s*(\S+)", configuration)
    return found[1] if found else "public"
