# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Load catalogs: the shipped ones by name, the operator's own by path."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import pathlib
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import CatalogError, closest
from ansible_collections.printops.firewall.plugins.plugin_utils._base.yaml_file import read_yaml

from .model import (
    Catalog,
    Channel,
    Component,
    Decision,
    Flow,
    Travels,
)
from .overlay import OVERLAY_FORMAT, Overlay, apply_overlays
from .schema import (
    CATALOG_FOLDER,
    CHECKS_FILE,
    Raw,
    check_catalog,
    check_schema,
    features_of,
    general_components,
    is_checked,
)

CATALOG_FORMAT = "printops.firewall/catalog/1"


@functools.lru_cache(maxsize=1)
def shipped_catalogs() -> tuple[str, ...]:
    """Names of the catalogs that come with the collection."""
    return tuple(sorted(file.stem for file in CATALOG_FOLDER.glob("*.yml") if file != CHECKS_FILE))


def find_catalog(name: str, *, base_folder: str | None) -> pathlib.Path:
    """The file of a shipped catalog, or the operator's own file at a path relative to C(base_folder).

    Raises C(CatalogError) where there is neither.
    """
    if name in shipped_catalogs():
        return CATALOG_FOLDER / f"{name}.yml"
    path = pathlib.Path(os.path.normpath(pathlib.Path(base_folder or ".", name)))
    with contextlib.suppress(OSError):  # such as a name that is too long
        if path.is_file():
            return path
    raise CatalogError(
        f"printops_catalogs names {name!r}, which is neither a shipped catalog nor a file "
        f"({path}); {closest(name, shipped_catalogs())}"
    )


def load_catalogs(paths: t.Iterable[pathlib.Path]) -> tuple[Catalog, ...]:
    """Read and check catalogs, the changes of overlays among them made; in order of their names.

    Raises C(CatalogError) with the file, the flow and the key.
    """
    documents = {path: read_yaml(path) for path in paths}
    for path, (_text, raw) in documents.items():
        _check_format(raw, file=str(path))
    overlays = {
        path: _overlay(raw, file=str(path))
        for path, (_text, raw) in documents.items()
        if raw["format"] == OVERLAY_FORMAT
    }
    catalogs: dict[str, Catalog] = {}
    for path, (text, raw) in documents.items():
        if path in overlays:
            continue
        catalog = _load(text, raw, file=str(path), overlays=overlays, texts=documents)
        if catalog.name in catalogs:
            raise CatalogError(f"{path}: there is another catalog of the name {catalog.name!r} among those selected")
        catalogs[catalog.name] = catalog
    for overlay in overlays.values():
        for name, (key, entry) in overlay.catalogs().items():
            if name not in catalogs:
                raise CatalogError(
                    f"{overlay.file}: {key}: {entry} is of no selected catalog; {closest(name, catalogs)}"
                )
    return tuple(catalogs[name] for name in sorted(catalogs))


def load_catalog(path: pathlib.Path) -> Catalog:
    """Read and check one catalog file; raises C(CatalogError) with the file, the flow and the key."""
    (catalog,) = load_catalogs([path])
    return catalog


def _check_format(raw: t.Any, *, file: str) -> None:
    given = raw.get("format") if isinstance(raw, dict) else None
    if given not in (CATALOG_FORMAT, OVERLAY_FORMAT):
        raise CatalogError(f"{file}: key format: {given!r} must be {CATALOG_FORMAT} or {OVERLAY_FORMAT}")


def _overlay(raw: t.Any, *, file: str) -> Overlay:
    data = check_schema(raw, file=file, overlay=True)
    given = {key: data[key] for key in ("sections", "flows", "documents") if key in data}
    return Overlay(
        name=data["name"],
        file=file,
        changes=data.get("changes", {}),
        components=data.get("components", {}),
        **given,
    )


def _load(
    text: bytes,
    raw: t.Any,
    *,
    file: str,
    overlays: t.Mapping[pathlib.Path, Overlay],
    texts: t.Mapping[pathlib.Path, tuple[bytes, t.Any]],
) -> Catalog:
    data = raw if is_checked(text) else check_catalog(raw, file=file)
    digest = hashlib.sha256(text)
    files = [(data["name"], digest.hexdigest())]
    ours = [path for path, one in overlays.items() if data["name"] in one.catalogs()]
    if not ours:
        return build_catalog(data, sha256=digest.hexdigest(), files=files)
    for path in ours:
        digest.update(texts[path][0])
        files.append((overlays[path].name, hashlib.sha256(texts[path][0]).hexdigest()))
    changed, reasons = apply_overlays(data, [overlays[path] for path in ours])
    checked = check_catalog(changed, file=" + ".join([file, *map(str, ours)]))
    return build_catalog(checked, sha256=digest.hexdigest(), files=files, changed=reasons)


def build_catalog(
    data: Raw, *, sha256: str, files: t.Iterable[tuple[str, str]] = (), changed: t.Mapping[str, str] | None = None
) -> Catalog:
    """Turn checked catalog data into values; C(changed) tells of flows that overlays changed."""
    components = data["components"]
    return Catalog(
        name=data["name"],
        product=data["product"],
        aliases=tuple(data.get("aliases", ())),
        document=data.get("document", {}).get("title", ""),
        sections={name: section["title"] for name, section in data["sections"].items()},
        sha256=sha256,
        components={name: _component(name, components=components) for name in components},
        decisions={name: _decision(name, raw) for name, raw in data.get("decisions", {}).items()},
        features=dict(data.get("features", {})),
        flows=tuple(_flow(raw, changed=(changed or {}).get(raw["id"], "")) for raw in data["flows"]),
        raw=dict(data),
        files=tuple(files),
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
        sets=raw.get("sets", "port"),
        suggested=tuple(raw.get("suggested", ())),
        choices=tuple(raw.get("choices", ())),
        why=raw.get("why", ""),
    )


def _flow(raw: Raw, *, changed: str) -> Flow:
    return Flow(
        id=raw["id"],
        as_printed=tuple(raw.get("as_printed", {}).items()),
        purpose=raw["purpose"],
        client=tuple(raw["client"]),
        server=tuple(raw["server"]),
        scope=raw.get("scope", "any"),
        features=features_of(raw),
        unsecured=_channels(raw.get("unsecured", ())),
        secured=_channels(raw.get("secured", ())),
        secured_twin=raw.get("secured_twin"),
        rmi_twin=raw.get("rmi_twin"),
        treatment=raw.get("treatment", "open"),
        because=raw.get("because", ""),
        risks=tuple(raw.get("risks", ())),
        travels=_travels(raw["travels"]) if "travels" in raw else _UNICAST,
        changed=changed,
        requirement=raw.get("requirement", {}).get("level", ""),
    )


_UNICAST = Travels()


def _travels(raw: Raw) -> Travels:
    by, groups, members = (tuple(raw.get(key, ())) for key in ("by", "groups", "members"))
    return Travels(by=by, groups=groups, decision=raw.get("decision"), members=members)


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
