# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Whether the session that a command runs in proves that this host can still be got into.

That is one which began after the change and not from the host itself, or one on a console. A session is known by the
process that serves its connection, which is above every command in it, whatever the environment says.
"""

from __future__ import annotations

import ipaddress
import os
import pathlib
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._rules.management import connection_of

_PROC = pathlib.Path("/proc")
_SSH = ("sshd", "sshd-session")
_MULTIPLEXERS = {"tmux: server": "tmux: client", "screen": "screen", "zellij": "zellij", "dtach": "dtach"}
"""The name of the server, which outlives its sessions, to that of what a session is attached to it by."""
_LOGINS = ("login", "sulogin", "agetty")
_TTY, _ARM_SERIAL, _HYPERVISOR = 4, 204, 229
"""Major numbers of tty1 and ttyS0, ttyAMA0, and hvc0."""


class Process(t.NamedTuple):
    """C(began) is in seconds since the boot, C(terminal) the number of its controlling terminal's device."""

    number: int
    name: str
    title: str
    parent: int
    terminal: int
    began: float

    @classmethod
    def read(cls, number: int, *, proc: pathlib.Path) -> t.Optional[Process]:
        try:
            before, _parenthesis, after = (proc / str(number) / "stat").read_text(errors="replace").rpartition(")")
            title = (proc / str(number) / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            return None
        fields = after.split()
        began = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return cls(number, before.partition("(")[2], title, int(fields[1]), int(fields[4]), began)

    @property
    def serves_connection(self) -> bool:
        if self.name == "mosh-server":
            return True
        return self.name in _SSH and self.title.startswith(f"{self.name}: ") and "[listener]" not in self.title

    @property
    def is_on_console(self) -> bool:
        major, minor = os.major(self.terminal), os.minor(self.terminal)
        return (major == _TTY and minor > 0) or major in (_ARM_SERIAL, _HYPERVISOR)


def doubt(
    *,
    changed_at: float,
    own_addresses: t.Callable[[], t.Collection[str]],
    number: t.Optional[int] = None,
    proc: pathlib.Path = _PROC,
) -> str:
    """Why the session of the process C(number), this one by default, proves nothing; empty where it does.

    C(changed_at) is when the change came into force, in seconds since the boot.
    """
    chain = _chain(os.getpid() if number is None else number, proc=proc)
    serving = [position for position, process in enumerate(chain) if process.serves_connection]
    if serving:
        return _doubt_of_connection(chain[: serving[-1] + 1], changed_at, own_addresses(), proc=proc)
    for process in chain:
        if process.name in _MULTIPLEXERS:
            return _doubt_of_multiplexer(process, changed_at=changed_at, own_addresses=own_addresses, proc=proc)
    if chain and chain[0].is_on_console and any(process.name in _LOGINS for process in chain):
        return ""
    return "this is neither in an SSH session nor on a console, as far as can be seen (systemd-run, run0, cron, setsid)"


def _doubt_of_connection(
    chain: t.Sequence[Process], changed_at: float, own: t.Collection[str], *, proc: pathlib.Path
) -> str:
    """C(chain) goes from the process up to the one that serves the connection."""
    serving = chain[-1]
    if serving.began <= changed_at:
        age_s = changed_at - serving.began
        return f"this session began {age_s:.0f} s before the change, and goes on whatever the rules are"
    for process in reversed(chain):
        found = connection_of(proc / str(process.number))
        if found:
            client = ipaddress.ip_address(found.client)
            if client.is_loopback or found.client in own or str(getattr(client, "ipv4_mapped", None)) in own:
                return f"this session comes from this host itself ({found.client})"
            return ""
    return "it cannot be seen where this session comes from"


def _doubt_of_multiplexer(
    server: Process,
    *,
    changed_at: float,
    own_addresses: t.Callable[[], t.Collection[str]],
    proc: pathlib.Path,
) -> str:
    """Any client of it may be the one that types, so each must prove it."""
    numbers = [int(path.name) for path in proc.iterdir() if path.name.isdigit()]
    others = [process for process in (Process.read(number, proc=proc) for number in numbers) if process]
    clients = [
        process
        for process in others
        if process.name == _MULTIPLEXERS[server.name] and process.number != server.number and process.terminal
    ]
    if not clients:
        return f"no session is attached to the {server.name} that this runs in, as far as can be seen"
    for client in clients:
        said = doubt(changed_at=changed_at, own_addresses=own_addresses, number=client.number, proc=proc)
        if said:
            return f"a session that is attached to {server.name} proves nothing ({said})"
    return ""


def _chain(number: int, *, proc: pathlib.Path) -> t.List[Process]:
    chain: t.List[Process] = []
    while number > 1:
        process = Process.read(number, proc=proc)
        if process is None:
            break
        chain.append(process)
        number = process.parent
    return chain
