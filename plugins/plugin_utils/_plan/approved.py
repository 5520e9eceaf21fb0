# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""An approved plan that travels: made of the whole inventory, applied where only a part of it is to be seen."""

from __future__ import annotations

import base64
import binascii
import hashlib
import pathlib
import re
import typing as t
import zlib

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PlanError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import few
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import is_blank

from .file import Plan, parse_plan

FINGERPRINT, FILE, CARRIED = "printops_plan_fingerprint", "printops_plan_file", "printops_plan_carried"


class Approved(t.NamedTuple):
    """Which plan was approved, and where it is: in a C(file), or C(carried) in a variable."""

    fingerprint: str
    file: str
    carried: str

    def read(self, groups: t.Mapping[str, t.Sequence[str]]) -> tuple[Plan, str]:
        """The plan and its text.

        Raises C(PlanError) where it cannot be read, has another fingerprint, or where a host of C(groups), which may be
        those of a part of the inventory, runs other components than it says.
        """
        place, content = (self.file, _file_content(self.file)) if self.file else (CARRIED, unpack(self.carried))
        found = hashlib.sha256(content).hexdigest()
        if found != self.fingerprint:
            raise PlanError(
                f"{place}: the fingerprint of this plan is {found}, and the approved one is {self.fingerprint}: it is "
                "not the plan that was approved; give the one that was, or have this one approved"
            )
        text = content.decode("utf-8", "replace")
        plan = parse_plan(text, place=place)
        _check_part(plan, groups=groups, place=place)
        return plan, text


def read_approved(variable: t.Callable[[str], object]) -> Approved | None:
    """What the variables say of an approved plan, None where no fingerprint is given.

    Raises C(PlanError) where it is none, or comes without a plan.
    """

    def given(name: str) -> str:
        value = variable(name)
        return "" if is_blank(value) else str(value).strip()

    fingerprint, carried = given(FINGERPRINT), given(CARRIED)
    if not fingerprint:
        if carried:
            raise PlanError(f"{CARRIED} is given without {FINGERPRINT}, which says that it is the approved plan")
        return None
    if not re.fullmatch("[0-9a-fA-F]{64}", fingerprint):
        raise PlanError(
            f"{FINGERPRINT} is {fingerprint!r}; it must be what the playbook plan tells, the SHA-256 of the plan's "
            "file in 64 hexadecimal digits"
        )
    file = given(FILE)
    if not file and not carried:
        raise PlanError(
            f"{FINGERPRINT} is given, and no plan: give its file, {FILE}, or what a job of the playbook plan with "
            f"printops_plan_carry hands on, {CARRIED}"
        )
    return Approved(fingerprint.lower(), file, carried)


def fingerprint_of(file: pathlib.Path) -> str:
    """Of the bytes of a plan's file, as C(sha256sum) tells it."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def pack(file: pathlib.Path) -> str:
    """A plan's file as text for a variable."""
    return base64.b64encode(zlib.compress(file.read_bytes(), 9)).decode("ascii")


def unpack(text: str) -> bytes:
    """What C(pack) was given; raises C(PlanError) for any other text."""
    try:
        return zlib.decompress(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, zlib.error) as error:
        raise PlanError(f"{CARRIED} is not what the playbook plan hands on: {error}") from error


def _file_content(file: str) -> bytes:
    try:
        return pathlib.Path(file).expanduser().read_bytes()
    except OSError as error:
        raise PlanError(f"{FILE}: {file}: not readable: {error.strerror or error}") from error


def _check_part(plan: Plan, *, groups: t.Mapping[str, t.Sequence[str]], place: str) -> None:
    known = {name for host in plan["hosts"].values() for name in host["components"]}
    here: dict[str, set[str]] = {}
    for group in sorted(known & groups.keys()):
        for host in groups[group]:
            here.setdefault(str(host), set()).add(group)
    differing = [
        f"{host} is in {few(sorted(here.get(host, ()))) or 'none of its groups'} here, and in "
        f"{few(plan['hosts'].get(host, {}).get('components', ())) or 'none'} there"
        for host in sorted(map(str, groups["all"]))
        if here.get(host, set()) != {*plan["hosts"].get(host, {}).get("components", ())}
    ]
    if differing:
        raise PlanError(
            f"{place}: the approved plan was not made of this inventory: {few(differing)}; make a new plan of the "
            "whole inventory and have it approved"
        )
