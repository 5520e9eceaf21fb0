# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Load catalogs: the shipped ones by name, the operator's own by path."""

from __future__ import annotations

import functools
import hashlib
import pathlib
import typing as t

import yaml

from ansible_collections.printops.firewall.plugins.module_utils._rules import PortRange
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog_model import (
    Catalog,
    Channel,
    Component,
    Decision,
    Flow,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog_schema import (
    CATALOG_FOLDER,
    Raw,
    check_catalog,
    general_components,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._errors import CatalogError, closest

_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@functools.lru_cache(maxsize=1)
def shipped_catalogs() -> tuple[str, ...]:
    """Names of the catalogs that come with the collection."""
    return tuple(sorted(file.stem for file in CATALOG_FOLDER.glob("*.yml")))


def find_catalog(name: str, *, base_folder: str | None) -> pathlib.Path:
    """The file of a shipped catalog, or the operator's own file at a path relative to C(base_folder).

    Raises C(CatalogError) where there is neither.
    """
    if name in shipped_catalogs():
        return CATALOG_FOLDER / f"{name}.yml"
    path = pathlib.Path(base_folder or ".", name)
    if path.is_file():
        return path
    raise CatalogError(
        f"printops_catalogs names {name!r}, which is neither a shipped catalog nor a file "
        f"({path}); {closest(name, shipped_catalogs())}"
    )


@functools.lru_cache(maxsize=32)
def load_catalog(path: pathlib.Path) -> Catalog:
    """Read and check a catalog file; raises C(CatalogError) with the file, the flow and the key."""
    try:
        text = path.read_bytes()
        raw = yaml.load(text, Loader=_LOADER)  # noqa: S506 - both loaders are safe loaders
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CatalogError(f"{path}: {error}") from error
    data = check_catalog(raw, file=str(path))
    return build_catalog(data, sha256=hashlib.sha256(text).hexdigest())


def build_catalog(data: Raw, *, sha256: str) -> Catalog:
    """Turn checked catalog data into values."""
    components = data["components"]
    return Catalog(
        name=data["name"],
        product=data["product"],
        aliases=tuple(data.get("aliases", ())),
        sha256=sha256,
        components={name: _component(name, components=components) for name in components},
        decisions={name: _decision(name, raw) for name, raw in data.get("decisions", {}).items()},
        features=dict(data.get("features", {})),
        flows=tuple(_flow(raw) for raw in data["flows"]),
        raw=dict(data),
    )


def _component(name: str, *, components: Raw) -> Component:
    raw = components[name]
    return Component(
        name=name,
        kind=raw["kind"],
        printed=tuple(raw["printed"]),
        description=raw["description"],
        part_of=general_components(name, components=components, visited=frozenset({name})) | {name},
        addresses=tuple(raw.get("addresses", ())),
        same_role_as=raw.get("same_role_as"),
    )


def _decision(name: str, raw: Raw) -> Decision:
    return Decision(
        name=name,
        description=raw["description"],
        suggested=tuple(raw.get("suggested", ())),
        choices=tuple(raw.get("choices", ())),
        why=raw.get("why", ""),
    )


def _flow(raw: Raw) -> Flow:
    return Flow(
        id=raw["id"],
        as_printed=tuple(raw.get("as_printed", {}).items()),
        purpose=raw["purpose"],
        client=tuple(raw["client"]),
        server=tuple(raw["server"]),
        scope=raw.get("scope", "any"),
        feature=raw.get("feature"),
        unsecured=_channels(raw.get("unsecured", ())),
        secured=_channels(raw.get("secured", ())),
        secured_twin=raw.get("secured_twin"),
        treatment=raw.get("treatment", "open"),
        because=raw.get("because", ""),
        risks=tuple(raw.get("risks", ())),
        multicast_groups=tuple(raw.get("multicast_groups", ())),
    )


def _channels(raw_channels: t.Iterable[Raw]) -> tuple[Channel, ...]:
    return tuple(
        Channel(
            protocol=raw["protocol"],
            ports=tuple(map(_port_range, raw.get("ports", ()))),
            icmp_types=tuple(raw.get("icmp_types", ())),
            decision=raw.get("decision"),
        )
        for raw in raw_channels
    )


_port_range = functools.lru_cache(maxsize=4096)(PortRange.parse)
