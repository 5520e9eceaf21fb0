# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Zones and policies of firewalld as values, read from its files or from what C(firewall-cmd) lists."""

from __future__ import annotations

import re
import shlex
import typing as t
from xml.etree import ElementTree

Element = t.Tuple[str, t.Mapping[str, str]]

_LISTS = {
    "interfaces": "interface",
    "sources": "source",
    "services": "service",
    "ports": "port",
    "protocols": "protocol",
    "source-ports": "source-port",
    "ingress-zones": "ingress-zone",
    "egress-zones": "egress-zone",
}
_VERDICTS = ("accept", "reject", "drop")


class Container(t.NamedTuple):
    """A zone or a policy.

    C(entries) are its contents as an administrator names them, such as C(service ssh), C(port 8080/tcp),
    C(source 10.0.0.0/8) or a whole rich rule.
    """

    kind: str
    name: str
    target: str = "default"
    priority: int = 0
    entries: t.FrozenSet[str] = frozenset()

    @property
    def title(self) -> str:
        return f"{self.kind} {self.name}"

    def named(self, word: str) -> t.List[str]:
        """The values of the entries of one sort: C(named("service"))."""
        return sorted(entry[len(word) + 1 :] for entry in self.entries if entry.startswith(f"{word} "))

    @property
    def rich_rules(self) -> t.List[str]:
        return sorted(entry for entry in self.entries if entry.startswith("rule"))


def parse_listing(text: str, *, kind: str) -> t.Dict[str, Container]:
    """What C(firewall-cmd --list-all-zones) or C(--list-all-policies) printed, by name."""
    found: t.Dict[str, Container] = {}
    for block in re.split(r"\n(?=\S)", text.strip("\n")):
        lines = block.split("\n")
        name = lines[0].split(" ")[0]
        key, values, entries = "", {}, set()
        for line in lines[1:]:
            if line.startswith("\t"):
                entries.add(
                    canonical_rule(line.strip()) if key == "rich rules" else f"{key.rstrip('s')} {line.strip()}"
                )
                continue
            key, _colon, value = (part.strip() for part in line.partition(":"))
            values[key] = value
            if key in _LISTS:
                entries |= {f"{_LISTS[key]} {one}" for one in value.split()}
        if name:
            priority = int(values.get("priority", "0") or 0)
            found[name] = Container(kind, name, values.get("target", "default"), priority, frozenset(entries))
    return found


def parse_xml(content: bytes, *, kind: str, name: str) -> Container:
    """A zone's or a policy's file; raises C(ElementTree.ParseError) where it is no XML."""
    root = ElementTree.fromstring(content)  # noqa: S314 - only root can write these files
    entries = set()
    for element in root:
        if element.tag == "rule":
            entries.add(canonical_rule(_as_text(element)))
        elif element.tag in ("port", "source-port"):
            entries.add(f"{element.tag} {element.get('port')}/{element.get('protocol')}")
        elif element.tag == "source":
            ipset = f"ipset:{element.get('ipset')}" if element.get("ipset") else ""
            entries.add(f"source {element.get('address') or element.get('mac') or ipset}")
        elif element.tag in _LISTS.values():
            entries.add(f"{element.tag} {element.get('name') or element.get('value')}")
    return Container(kind, name, root.get("target", "default"), int(root.get("priority", "0")), frozenset(entries))


def _as_text(rule: ElementTree.Element) -> str:
    words = ["rule", *(f'{key}="{value}"' for key, value in rule.attrib.items())]
    for element in rule.iter():
        if element is rule:
            continue
        inverted = element.get("invert", "").lower() in ("true", "yes")
        words += [element.tag, *(["NOT"] if inverted else [])]
        words += [f'{key}="{value}"' for key, value in element.attrib.items() if key != "invert"]
    return " ".join(words)


def canonical_rule(text: str) -> str:
    """A rich rule with its options in one order, so that equal rules are equal texts."""
    parts = []
    for name, options in elements_of(text):
        shown = [f'{key}="{value}"' for key, value in sorted(options.items()) if not (name == "rule" and value == "0")]
        parts.append(" ".join([name, *("NOT" if word == 'NOT=""' else word for word in shown)]))
    return " ".join(parts)


def elements_of(text: str) -> t.List[Element]:
    """A rich rule's elements and their options; C(NOT) is an option without a value."""
    found: t.List[t.Tuple[str, t.Dict[str, str]]] = []
    for token in shlex.split(text):
        option, equals, value = token.partition("=")
        if equals and found:
            found[-1][1][option] = value
        elif token.upper() == "NOT" and found:
            found[-1][1]["NOT"] = ""
        else:
            found.append((token, {}))
    return list(found)


def verdict_of(text: str) -> str:
    """C(accept), C(reject) or C(drop); empty for a rich rule that decides nothing by itself."""
    return next((name for name, _options in elements_of(text) if name in _VERDICTS), "")


def differences(files: t.Mapping[str, Container], loaded: t.Mapping[str, Container]) -> t.List[str]:
    """One sentence for each entry that only the files have, or only the daemon.

    Interfaces are left out, because NetworkManager assigns them, and so are rules of the daemon that keep out, because
    fail2ban and its like add them for a while.
    """
    found = []
    for name in sorted({*files, *loaded}):
        kind = (files.get(name) or loaded[name]).kind
        empty = Container(kind, name)
        in_files, in_daemon = files.get(name, empty), loaded.get(name, empty)
        if name not in loaded:
            found.append(f"{in_files.title} is in the files and not loaded")
            continue
        if in_files.target != in_daemon.target and name in files:
            found.append(f"{in_files.title} has target {in_files.target} in the files, and {in_daemon.target} loaded")
        only_files = sorted(in_files.entries - in_daemon.entries)
        only_daemon = sorted(in_daemon.entries - in_files.entries)
        found += [
            f"{in_files.title} has in the files and not loaded: {entry}"
            for entry in only_files
            if not entry.startswith("interface ")
        ]
        found += [
            f"{in_files.title} has loaded and not in the files: {entry}"
            for entry in only_daemon
            if not entry.startswith("interface ") and verdict_of(entry) not in ("reject", "drop")
        ]
    return found
