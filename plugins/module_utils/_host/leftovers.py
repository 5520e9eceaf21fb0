# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What is left of this collection on a host when its rules are gone, and how it goes."""

from __future__ import annotations

import contextlib
import pathlib
import re
import shutil
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._confirm import files as disk
from ansible_collections.printops.firewall.plugins.module_utils._confirm.found import Found, FoundFile, Run
from ansible_collections.printops.firewall.plugins.module_utils._confirm.traces import (
    RUN_FOLDER,
    STATE_FOLDER,
    STATE_NAMES,
    UNIT_FOLDER,
)
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.host import OWN_KINDS
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.objects import PREFIX
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.rescue import TABLE
from ansible_collections.printops.firewall.plugins.module_utils._ufw.files import UfwFileError, parse

PROVIDERS = ("firewalld", "ufw")
_UFW_FILES = ("etc/ufw/user.rules", "etc/ufw/user6.rules")
_ENCODING = "latin-1"


class LeftoversError(Exception):
    """Something of ours is still in use; the message says what, and what to do first."""


class Leftovers:
    """What there is of us below C(root)."""

    def __init__(self, *, run: Run, root: pathlib.Path = pathlib.Path("/")) -> None:
        self._run = run
        self._root = root

    def with_rules(self) -> t.List[str]:
        """The providers that have rules or objects of ours."""
        objects = [path for kind in OWN_KINDS for path in (self._root / "etc/firewalld" / kind).glob(f"{PREFIX}*.xml")]
        return [*(["firewalld"] if objects else []), *(["ufw"] if any(map(self._own_ufw, _UFW_FILES)) else [])]

    def providers(self) -> t.List[str]:
        """The providers that have anything of ours, if only the record of how they were found."""
        kept = [name for name in PROVIDERS if any(path.exists() for path in self._kept(name))]
        return sorted({*kept, *self.with_rules()})

    def paths(self) -> t.List[str]:
        """Files and folders outside the firewalls' own; what others keep beside them is not ours."""
        kept = [path for name in PROVIDERS for path in self._kept(name)]
        locks = sorted((self._root / "run").glob("printops-firewalld.*"))
        units = sorted((self._root / UNIT_FOLDER).glob("**/printops-firewall-*"))
        hosts = self._root / STATE_FOLDER / "hosts.json"
        places = (*kept, hosts, self._root / RUN_FOLDER, *locks, *units)
        return [str(path) for path in places if path.exists() or path.is_symlink()]

    def _kept(self, provider: str) -> t.List[pathlib.Path]:
        return [self._root / STATE_FOLDER / provider / name for name in STATE_NAMES]

    def remove(self) -> None:
        """Leave the host as it was found; raises C(LeftoversError) while rules of ours are there."""
        for provider in PROVIDERS:
            if (self._root / STATE_FOLDER / provider / "pending").exists():
                raise LeftoversError(f"a change of {provider} is not confirmed yet")
        if self.with_rules():
            raise LeftoversError(f"rules of ours are still in {' and '.join(self.with_rules())}; take them off first")
        for provider in PROVIDERS:
            found = FoundFile(provider=provider, root=self._root).read()
            if found and found.known:
                self._as_found(provider, found)
        self._quietly("nft", "delete", "table", "inet", TABLE)
        for text in self.paths():
            path = pathlib.Path(text)
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(text)
            else:
                disk.remove(path)
        self._remove_empty_folders()
        self._quietly("systemctl", "daemon-reload")

    def _remove_empty_folders(self) -> None:
        state = self._root / STATE_FOLDER
        for folder in (*(state / provider for provider in PROVIDERS), state):
            with contextlib.suppress(OSError):
                folder.rmdir()
        if not self._has_units():
            with contextlib.suppress(OSError):
                (self._root / UNIT_FOLDER / "sysinit.target.wants").rmdir()

    def _has_units(self) -> bool:
        wanted = self._root / UNIT_FOLDER / "sysinit.target.wants"
        return wanted.is_dir() and any(wanted.iterdir())

    def _as_found(self, provider: str, found: Found) -> None:
        if not found.at_boot:
            self._quietly("systemctl", "--quiet", "disable", f"{provider}.service")
        if found.active or not found.started:
            return
        if provider == "ufw":
            for path, text in found.files.items():
                self._restore_file(pathlib.Path(path), text)
            self._clear_chains(tables=found.tables)
            for name, value in found.sysctl.items():
                (self._root / "proc/sys" / name).write_text(f"{value}\n", encoding="ascii")
        for folder in found.folders:
            with contextlib.suppress(OSError):
                pathlib.Path(folder).rmdir()

    def _own_ufw(self, path: str) -> bool:
        content = disk.read(self._root / path)
        try:
            return bool(content and parse(content.decode(_ENCODING)).own)
        except UfwFileError:
            return False

    def _restore_file(self, path: pathlib.Path, text: str) -> None:
        """Put back what ufw itself wrote differently, unless an administrator has other rules in it since."""
        now = disk.read(path)
        if now is None or now.decode(_ENCODING) == text:
            return
        if parse(now.decode(_ENCODING)).foreign == parse(text).foreign:
            unfinished = path.with_name(f".{path.name}.printops-found")
            disk.write(unfinished, text.encode(_ENCODING), like=path)
            unfinished.replace(path)
            disk.sync_folder(path.parent)

    def _clear_chains(self, *, tables: t.Collection[str]) -> None:
        """Remove the empty chains that ufw leaves behind, and what was not there of the chains and tables they need."""
        for command, table in (("iptables", "table ip filter"), ("ip6tables", "table ip6 filter")):
            status, out, _error = self._run([command, "-w", "5", "-S"])
            if status:
                continue
            own = re.findall(r"(?m)^-N (ufw6?-\S+)$", out)
            for line in out.splitlines():
                words = line.split()
                if words[0] == "-A" and words[-2:-1] == ["-j"] and words[-1] in own:
                    self._quietly(command, "-w", "5", "-D", *words[1:])
            for action in ("-F", "-X"):
                for chain in own:
                    self._quietly(command, "-w", "5", action, chain)
            if self._is_empty(command):
                self._clear_table(table, was_there=tables)

    def _clear_table(self, table: str, *, was_there: t.Collection[str]) -> None:
        """Remove what was not there of an empty table and its hooks."""
        family = table.split(maxsplit=1)[1]
        for thing in (*(f"chain {family} {name}" for name in ("INPUT", "FORWARD", "OUTPUT")), table):
            if thing not in was_there:
                self._quietly("nft", "delete", *thing.split())

    def _is_empty(self, command: str) -> bool:
        _status, out, _error = self._run([command, "-w", "5", "-S"])
        return all(line.startswith("-P ") and line.endswith(" ACCEPT") for line in out.splitlines())

    def _quietly(self, *command: str) -> None:
        with contextlib.suppress(OSError):
            self._run(list(command))
