# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""All tables of the kernel that packets to this host come through, whoever made them, with every command there is."""

from __future__ import annotations

import contextlib
import json
import pathlib
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.iptables_chains import table_of
from ansible_collections.printops.firewall.plugins.module_utils._rules.nftables_chains import tables_of
from ansible_collections.printops.firewall.plugins.module_utils._rules.paths import Table

Run = t.Callable[[t.List[str]], t.Tuple[int, str, str]]

JUDGED_ELSEWHERE = ("inet", "firewalld")
"""firewalld's own table, which is held against what firewalld was told."""
_COMMANDS = {4: "iptables", 6: "ip6tables"}
_FAMILIES = {4: "ip", 6: "ip6"}


def tables(run: Run, *, proc: pathlib.Path = pathlib.Path("/proc")) -> t.List[Table]:
    """The tables, as far as their commands are installed and can print them."""
    ruleset = _ruleset(_output(run, "nft", "-j", "list", "ruleset"))
    found: t.List[Table] = []
    printed = {JUDGED_ELSEWHERE}
    for version, command in _COMMANDS.items():
        family = (_FAMILIES[version], "filter")
        names = ([f"{command}-nft"] if _has_table(ruleset, *family) else []) + (
            [f"{command}-legacy"] if "filter" in _legacy_tables(proc, version=version) else []
        )
        for name in names:
            lines = _output(run, name, "-w", "5", "-S")
            if lines:
                found.append(table_of(lines.splitlines(), name=name, version=version))
                printed |= {family} if name.endswith("-nft") else set()
        if ruleset is None and not names:
            lines = _output(run, command, "-w", "5", "-S")
            found += [table_of(lines.splitlines(), name=command, version=version)] if lines else []
    return [*found, *tables_of(ruleset or [], but=printed)]


def _output(run: Run, *command: str) -> str:
    with contextlib.suppress(OSError):
        status, out, _error = run([*command])
        return "" if status else out
    return ""


def _ruleset(text: str) -> t.Optional[t.List[t.Dict[str, t.Any]]]:
    """The objects of what C(nft) printed; None where there is no such command, or one without JSON."""
    with contextlib.suppress(ValueError, KeyError):
        return t.cast("t.List[t.Dict[str, t.Any]]", json.loads(text)["nftables"])
    return None


def _has_table(ruleset: t.Optional[t.Sequence[t.Mapping[str, t.Any]]], family: str, name: str) -> bool:
    tables_there = [one["table"] for one in ruleset or () if "table" in one]
    return any((one["family"], one["name"]) == (family, name) for one in tables_there)


def _legacy_tables(proc: pathlib.Path, *, version: int) -> t.List[str]:
    """The tables of the older variant: its command would make them where there are none."""
    with contextlib.suppress(OSError):
        return (proc / "net" / f"{_FAMILIES[version]}_tables_names").read_text(encoding="ascii").split()
    return []
