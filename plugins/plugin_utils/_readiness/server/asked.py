# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the operator asks of a server: the variables of the role C(preinstall_server) as values."""

from __future__ import annotations

import fnmatch
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange, RuleError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReadinessError, closest
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import mapping, text_list

BROWSERS = ("chrome", "chromium", "edge", "firefox", "internet_explorer")

_KEYS = (
    "components",
    "ports",
    "addresses",
    "name",
    "intended",
    "software",
    "browsers",
    "share",
    "share_user",
    "thresholds",
    "antivirus",
)
_SHARE = re.compile(r"[\\/]{2}([^\\/]+)[\\/]+([^\\/]+)((?:[\\/]+[^\\/]+)*)[\\/]*")
_VERSION = re.compile(r"[0-9]+(\.[0-9]+)*")


class Agreed(t.NamedTuple):
    """Something that may be there: a pattern of names, and where that was agreed."""

    name: str
    reference: str


class Port(t.NamedTuple):
    """Ports of one protocol that a component will use."""

    protocol: str
    ports: PortRange

    def __str__(self) -> str:
        return f"{self.ports}/{self.protocol}"


class Share(t.NamedTuple):
    """A folder of a share; C(folder) is empty for the share itself."""

    server: str
    share: str
    folder: str

    def __str__(self) -> str:
        return "\\\\" + "\\".join(filter(None, (self.server, self.share, self.folder)))


@dataclass(frozen=True)
class Thresholds:
    """The least that is enough, and the document that says so; None and empty where nothing is asked."""

    cpus: int | None
    memory_mb: int | None
    disk_free_mb: dict[str, int]
    source: str


@dataclass(frozen=True)
class Antivirus:
    """Folders that must be excluded, and the document that names them."""

    paths: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Asked:
    """All of it. What the operator left out is empty, or None."""

    ports: tuple[Port, ...]
    addresses: tuple[str, ...]
    name: str
    intended: tuple[Agreed, ...]
    software: tuple[Agreed, ...]
    browsers: dict[str, str]
    share: Share | None
    share_user: str
    thresholds: Thresholds | None
    antivirus: Antivirus | None
    components: tuple[str, ...]


def agreed_as(agreed: t.Iterable[Agreed], *names: str) -> Agreed | None:
    """The entry whose pattern matches one of the names, whatever their case."""
    for entry in agreed:
        if any(fnmatch.fnmatchcase(name.lower(), entry.name.lower()) for name in names if name):
            return entry
    return None


def read_asked(raw: t.Mapping[str, t.Any], *, host: str) -> Asked:
    """The role's variables, without the prefix of their names; raises C(ReadinessError) that names the variable."""
    for key in raw:
        if key not in _KEYS:
            raise ReadinessError(f"host {host}: there is no variable preinstall_server_{key}; {closest(key, _KEYS)}")
    place = f"host {host}: preinstall_server_"
    return Asked(
        components=tuple(_texts(raw, "components", place=place)),
        ports=tuple(_port(text, place=f"{place}ports") for text in _texts(raw, "ports", place=place)),
        addresses=tuple(_texts(raw, "addresses", place=place)),
        name=_text(raw, "name", place=place),
        intended=_agreed(raw, "intended", place=place),
        software=_agreed(raw, "software", place=place),
        browsers=_browsers(raw.get("browsers") or {}, place=f"{place}browsers"),
        share=_share(_text(raw, "share", place=place), place=f"{place}share"),
        share_user=_text(raw, "share_user", place=place),
        thresholds=_thresholds(raw.get("thresholds") or {}, place=f"{place}thresholds"),
        antivirus=_antivirus(raw.get("antivirus") or {}, place=f"{place}antivirus"),
    )


def version_of(text: str) -> tuple[int, ...]:
    """The numbers of a version, without an epoch and without what a packager added: C(1:128.3.0esr-1) is 128.3.0."""
    found = _VERSION.search(text.partition(":")[2] or text)
    return tuple(map(int, found[0].split("."))) if found else ()


def _texts(raw: t.Mapping[str, t.Any], key: str, *, place: str) -> list[str]:
    return text_list(raw.get(key) or [], place=f"{place}{key}", error=ReadinessError)


def _text(raw: t.Mapping[str, t.Any], key: str, *, place: str) -> str:
    value = raw.get(key) or ""
    if not isinstance(value, str):
        raise ReadinessError(f"{place}{key} is {value!r}; it must be a string")
    return str(value)


def _known(value: t.Any, keys: t.Sequence[str], *, place: str) -> dict[str, t.Any]:
    given = mapping(value, place=place, error=ReadinessError)
    for key in given:
        if key not in keys:
            raise ReadinessError(f"{place}: there is no key {key!r}; {closest(key, keys)}")
    return given


def _port(text: str, *, place: str) -> Port:
    ports, _slash, protocol = text.partition("/")
    if protocol not in ("tcp", "udp"):
        raise ReadinessError(f"{place} has {text!r}; it must be such as '443/tcp' or '161/udp'")
    try:
        return Port(protocol, PortRange.parse(ports))
    except RuleError as error:
        raise ReadinessError(f"{place}: {error}") from error


def _agreed(raw: t.Mapping[str, t.Any], key: str, *, place: str) -> tuple[Agreed, ...]:
    value = raw.get(key) or []
    if not isinstance(value, (list, tuple)):
        raise ReadinessError(f"{place}{key} is {value!r}; it must be a list of mappings with name and reference")
    entries = []
    for number, one in enumerate(value, start=1):
        where = f"{place}{key}: entry {number}"
        entry = _known(one, ("name", "reference"), place=where)
        name, reference = entry.get("name"), entry.get("reference", "")
        if not isinstance(name, str) or not name or not isinstance(reference, str):
            raise ReadinessError(f"{where} is {dict(entry)!r}; it needs a name such as 'nginx*'")
        entries.append(Agreed(str(name), str(reference)))
    return tuple(entries)


def _browsers(value: t.Any, *, place: str) -> dict[str, str]:
    given = _known(value, BROWSERS, place=place)
    for name, version in given.items():
        if not isinstance(version, str) or not version_of(version):
            raise ReadinessError(f"{place}.{name} is {version!r}; it must be a version in quotes, such as '128.0'")
    return {name: str(version) for name, version in given.items()}


def _share(text: str, *, place: str) -> Share | None:
    if not text:
        return None
    found = _SHARE.fullmatch(text)
    if not found:
        raise ReadinessError(f"{place} is {text!r}; it must be such as '\\\\files.example\\safeq\\installer'")
    return Share(found[1], found[2], "\\".join(filter(None, re.split(r"[\\/]+", found[3]))))


def _thresholds(value: t.Any, *, place: str) -> Thresholds | None:
    if not value:
        return None
    given = _known(value, ("cpus", "memory_mb", "disk_free_mb", "source"), place=place)
    disks = mapping(given.get("disk_free_mb") or {}, place=f"{place}.disk_free_mb", error=ReadinessError)
    limits = Thresholds(
        cpus=_limit(given.get("cpus"), place=f"{place}.cpus"),
        memory_mb=_limit(given.get("memory_mb"), place=f"{place}.memory_mb"),
        disk_free_mb={path: _limit(size, place=f"{place}.disk_free_mb[{path!r}]") or 0 for path, size in disks.items()},
        source=_source(given, place=place),
    )
    if limits.cpus is None and limits.memory_mb is None and not limits.disk_free_mb:
        raise ReadinessError(f"{place} has no limit; give cpus, memory_mb or disk_free_mb")
    return limits


def _limit(value: t.Any, *, place: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ReadinessError(f"{place} is {value!r}; it must be a whole number above 0")
    return int(value)


def _antivirus(value: t.Any, *, place: str) -> Antivirus | None:
    if not value:
        return None
    given = _known(value, ("paths", "source"), place=place)
    paths = text_list(given.get("paths") or [], place=f"{place}.paths", error=ReadinessError)
    if not paths:
        raise ReadinessError(f"{place}.paths is empty; name the folders that must be excluded")
    return Antivirus(tuple(paths), _source(given, place=place))


def _source(given: t.Mapping[str, t.Any], *, place: str) -> str:
    source = given.get("source")
    if not isinstance(source, str) or not source.strip():
        raise ReadinessError(f"{place}.source is missing; name the document or the person that the values come from")
    return str(source)
