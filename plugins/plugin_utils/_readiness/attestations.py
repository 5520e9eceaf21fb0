# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Who signed off an item that only a person can know: the operator's file of attestations."""

from __future__ import annotations

import datetime
import pathlib
import typing as t
from dataclasses import dataclass

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import (
    CatalogError,
    ReadinessError,
    closest,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import mapping, text_list
from ansible_collections.printops.firewall.plugins.plugin_utils._base.yaml_file import read_yaml

from .items import shipped_items

FORMAT = "printops.firewall/attestations/1"

_KEYS = ("item", "hosts", "by", "on", "until", "reference")


@dataclass(frozen=True)
class Attestation:
    """C(by) says that C(item) holds, from C(on) until the end of C(until); C(hosts) is empty for every host."""

    item: str
    hosts: tuple[str, ...]
    by: str
    on: datetime.date
    until: datetime.date
    reference: str

    def is_about(self, item: str, *, host: str) -> bool:
        """Whether it is about the item on the host."""
        return self.item == item and (not self.hosts or host in self.hosts)

    def as_json(self) -> dict[str, str]:
        """What a report says of it."""
        return {
            "by": self.by,
            "on": self.on.isoformat(),
            "until": self.until.isoformat(),
            "reference": self.reference,
        }


def load_attestations(path: pathlib.Path, *, hosts: t.Collection[str], today: datetime.date) -> tuple[Attestation, ...]:
    """The entries of the file in its order, expired ones among them.

    C(hosts) are all that an entry may name. Raises C(ReadinessError) with the file, the entry and the key.
    """
    try:
        _text, raw = read_yaml(path)
    except CatalogError as error:
        raise ReadinessError(str(error)) from error
    place = str(path)
    document = _known(raw, ("format", "attestations"), place=place)
    if document.get("format") != FORMAT:
        raise ReadinessError(f"{place}: key format: {document.get('format')!r} must be {FORMAT}")
    entries = document.get("attestations")
    if not isinstance(entries, list):
        raise ReadinessError(f"{place}: key attestations: {entries!r} must be a list")
    return tuple(
        _attestation(entry, hosts=hosts, today=today, place=f"{place}: entry {number}")
        for number, entry in enumerate(entries, start=1)
    )


def _attestation(entry: t.Any, *, hosts: t.Collection[str], today: datetime.date, place: str) -> Attestation:
    given = _known(entry, _KEYS, place=place)
    item = _text(given, "item", place=place)
    if item not in shipped_items():
        raise ReadinessError(f"{place}: key item: there is no item {item!r}; {closest(item, shipped_items())}")
    where = f"{place} ({item})"
    named = text_list(given.get("hosts") or [], place=f"{where}: key hosts", error=ReadinessError)
    for name in named:
        if name not in hosts:
            raise ReadinessError(f"{where}: key hosts: there is no host {name!r}; {closest(name, hosts)}")
    signed_on, until = _date(given, "on", place=where), _date(given, "until", place=where)
    if signed_on > today:
        raise ReadinessError(f"{where}: key on: {signed_on} lies in the future; today is {today}")
    if until < signed_on:
        raise ReadinessError(f"{where}: key until: {until} is before {signed_on}, the day it was signed")
    return Attestation(
        item=item,
        hosts=tuple(named),
        by=_text(given, "by", place=where),
        on=signed_on,
        until=until,
        reference=_text(given, "reference", place=where),
    )


def _known(value: t.Any, keys: t.Sequence[str], *, place: str) -> dict[str, t.Any]:
    if isinstance(value, t.Mapping):
        # YAML 1.1 reads the plain word on as a truth value.
        value = {"on" if key is True else key: one for key, one in value.items()}
    given = mapping(value, place=place, error=ReadinessError)
    for key in given:
        if key not in keys:
            raise ReadinessError(f"{place}: there is no key {key!r}; {closest(key, keys)}")
    return given


def _text(given: t.Mapping[str, t.Any], key: str, *, place: str) -> str:
    value = given.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ReadinessError(f"{place}: key {key}: {value!r} must be a text")
    return value


def _date(given: t.Mapping[str, t.Any], key: str, *, place: str) -> datetime.date:
    value = given.get(key)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    try:
        return datetime.date.fromisoformat(value)  # type: ignore[arg-type] # what is no text raises, too
    except (TypeError, ValueError):
        raise ReadinessError(f"{place}: key {key}: {value!r} must be a day, such as 2026-03-31") from None
