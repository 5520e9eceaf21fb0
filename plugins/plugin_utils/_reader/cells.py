# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a cell of ports or of protocols says. What it does not say is asked and not guessed."""

from __future__ import annotations

import functools
import re
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import PortRange, RuleError

from .words import (
    letters,
    plain,
    squeeze,
    vocabulary,
    word_list,
)

_BROKEN_NUMBER = re.compile(r"(?<![\d])(\d{1,4}) (0\d{1,3}|\d)(?![\d.]|\s?[kKmMgG][bB]\b)")
_ABOVE = re.compile(r"(?:>=|≥|>|\babove |\bhigher than )\s*(\d+)|(\d+)\s*(?:\+|and (?:above|higher|up)\b|or higher\b)")
_RANGE = re.compile(r"(\d+)\s*(?:-|~|\.\.\.?|\bto\b|\bthrough\b)\s*(\d+)")
_NUMBER = re.compile(r"\d+")
_SIDE_BY_SIDE = re.compile(r"\d\)? \(?\d")
_SEPARATORS = re.compile(r"[\s,;/&|+()\[\]:=.]+")
_PROTOCOL_WORD = re.compile(r"\b(tcp|udp|icmp)(?:/ip)?\b", re.IGNORECASE)


class PortCell(t.NamedTuple):
    """C(ports) as printed; C(words) that are left; C(movable): a default; C(question): why it cannot be taken as is."""

    ports: tuple[PortRange, ...] = ()
    protocols: tuple[str, ...] = ()
    words: str = ""
    movable: bool = False
    question: str = ""

    @property
    def meaning(self) -> tuple[t.Any, ...]:
        """What two prints of the same ports have in common."""
        return (frozenset(self.ports), frozenset(self.protocols), self.words, self.movable)


class ProtocolCell(t.NamedTuple):
    """C(protocols) that a cell names, without those it does not name clearly."""

    protocols: tuple[str, ...] = ()
    question: str = ""


@functools.lru_cache(maxsize=1 << 14)
def read_ports(text: str) -> PortCell:
    """Read C(80/443), C(9100-9102), C(default 5555 (configurable)), C(n/a) and the like; never raises."""
    given = plain(text)
    if not given or squeeze(given) in word_list("no_port"):
        return PortCell()
    if squeeze(given) in word_list("port_left_open"):
        return PortCell(words=letters(given) or "any", question=f"{text!r} names no port; which is it?")
    rest, numbers = _numbers(_join_broken(given))
    protocols = tuple(dict.fromkeys(name.lower() for name in _PROTOCOL_WORD.findall(rest)))
    words = _words(_PROTOCOL_WORD.sub(" ", rest))
    movable = bool(words) and all(_is_word_of("port_can_move", word) for word in words)
    try:
        ports = tuple(dict.fromkeys(_port_range(*number) for number in numbers))
    except RuleError as error:
        return PortCell(protocols=protocols, words=letters(text), question=f"{text!r}: {error}")
    remaining = "" if movable else "".join(words)
    return PortCell(ports, protocols, remaining, movable, _port_question(text, ports, words, movable=movable))


def _join_broken(text: str) -> str:
    """Numbers that a narrow column broke: C(900 2), C(91 00)."""
    return _BROKEN_NUMBER.sub(r"\1\2", text)


def _numbers(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The text without its numbers, and the first and last of each range, in printed order."""
    found: list[tuple[int, str, str]] = []

    def take(match: re.Match[str], first: str, last: str) -> str:
        found.append((match.start(), first, last))
        return " " * len(match[0])

    text = _ABOVE.sub(lambda match: take(match, _after(match), "65535"), text)
    text = _RANGE.sub(lambda match: take(match, match[1], match[2]), text)
    text = _NUMBER.sub(lambda match: take(match, match[0], match[0]), text)
    return text, [(first, last) for _start, first, last in sorted(found)]


def _after(match: re.Match[str]) -> str:
    return str(int(match[1]) + 1) if match[1] and "=" not in match[0] and "≥" not in match[0] else match[1] or match[2]


def _port_range(first: str, last: str) -> PortRange:
    if first.startswith("0"):
        raise RuleError(f"{first!r} is no port: none begins with 0")
    return PortRange.parse(first if first == last else f"{first}-{last}")


def _words(text: str) -> list[str]:
    words = [word for word in _SEPARATORS.split(text.casefold()) if letters(word)]
    return [word for word in words if word not in word_list("port_fillers")]


def _is_word_of(name: str, word: str) -> bool:
    return any(word in entry.casefold().split() for entry in vocabulary()[name])


def _port_question(text: str, ports: tuple[PortRange, ...], words: list[str], *, movable: bool) -> str:
    if not ports:
        return f"{text!r} names no port; which is it?"
    if movable:
        return f"{text!r} is a default that can be moved; which port is it here?"
    if words:
        return f"{text!r} has words beside its ports; which of them is meant?"
    if _SIDE_BY_SIDE.search(_join_broken(plain(text))):
        return f"{text!r}: a list, or one number that is broken?"
    return ""


@functools.lru_cache(maxsize=1 << 12)
def read_protocols(text: str) -> ProtocolCell:
    """Read C(TCP), C(TC P), C(TCP/UDP) and the like; an empty cell names none and asks nothing."""
    known = {squeeze(word): name for name, words in vocabulary()["protocols"].items() for word in words}
    found = squeeze(text)
    if found in known:
        return ProtocolCell((known[found],))
    if not found or found in word_list("no_port"):
        return ProtocolCell()
    if found.endswith("multicast") and found.removesuffix("multicast") in known:
        return ProtocolCell((known[found.removesuffix("multicast")],), f"{text!r}: to which group is it sent?")
    parts = [part for part in re.split(r"[/,;&+|]|and|or", found) if part]
    protocols = tuple(dict.fromkeys(known[part] for part in parts if part in known))
    if all(part in known for part in parts):
        return ProtocolCell(protocols)
    joined = tuple(name for name in ("tcp", "udp", "icmp") if name in found)
    if joined and not re.sub("tcp|udp|icmp", "", letters(found)):
        return ProtocolCell(joined)
    return ProtocolCell(question=f"{text!r} is no protocol; is it TCP, UDP or ICMP?")
