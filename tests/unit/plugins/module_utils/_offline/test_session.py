# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sessions prove that a host can be got into, over made-up processes; tests/lab/test_render.py has real SSH."""

from __future__ import annotations

import os
import pathlib

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._offline.session import doubt

TICKS = os.sysconf("SC_CLK_TCK")
CHANGED_AT = 1000.0
OWN = ("127.0.0.1", "::1", "198.51.100.1", "2001:db8::1")
PTS, TTY1, TTYS0, HVC0, PTMX = (
    os.makedev(136, 0),
    os.makedev(4, 1),
    os.makedev(4, 64),
    os.makedev(229, 0),
    os.makedev(5, 2),
)


class Host:
    """A /proc below a folder; processes are numbered from 10, each the child of the one before, the first of init."""

    def __init__(self, proc: pathlib.Path) -> None:
        self.proc = proc
        self.next = 10

    def chain(self, *processes: tuple[str, str, float], client: str = "", terminal: int = PTS, parent: int = 1) -> int:
        """C(processes) are name, title and start; those below the first that serves a connection know its C(client)."""
        served = False
        for name, title, began in processes:
            place = self.proc / str(self.next)
            place.mkdir()
            fields = ["S", str(parent), "0", "0", str(terminal), *["0"] * 14, str(int(began * TICKS)), "0"]
            (place / "stat").write_text(f"{self.next} ({name}) {' '.join(fields)}\n")
            (place / "cmdline").write_bytes(title.replace(" ", "\0").encode() if name != "sshd" else title.encode())
            (place / "environ").write_bytes(
                f"SSH_CONNECTION={client} 40000 192.0.2.1 22\0".encode() if served and client else b""
            )
            served = served or name == "mosh-server" or (name.startswith("sshd") and "listener" not in title)
            if name == "mosh-server":
                (place / "environ").write_bytes(f"SSH_CONNECTION={client} 40000 192.0.2.1 22\0".encode())
            parent, self.next = self.next, self.next + 1
        return parent

    def doubt(self, number: int) -> str:
        return doubt(changed_at=CHANGED_AT, own_addresses=lambda: OWN, number=number, proc=self.proc)


LISTENER = ("sshd", "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", 5.0)
OLD_LISTENER = ("sshd", "/usr/sbin/sshd -D", 5.0)
CONFIRM = ("python3", "python3 -IB ./confirm", 1100.0)


def session(began: float) -> tuple[tuple[str, str, float], ...]:
    return (
        ("sshd", "sshd: root [priv]", began),
        ("sshd", "sshd: root@pts/0", began + 0.1),
        ("bash", "-bash", began + 0.2),
    )


@pytest.fixture(name="host")
def host_fixture(tmp_path: pathlib.Path) -> Host:
    return Host(tmp_path)


@pytest.mark.parametrize("listener", [(LISTENER,), (OLD_LISTENER,), ()])
@pytest.mark.parametrize(("began", "proven"), [(1001.0, True), (999.0, False)])
def test_the_session_must_have_begun_after_the_change(
    host: Host, listener: tuple[tuple[str, str, float], ...], began: float, *, proven: bool
) -> None:
    said = host.doubt(
        host.chain(*listener, *session(began), ("sudo", "sudo ./confirm", 1100.0), CONFIRM, client="192.0.2.7")
    )
    assert said == ("" if proven else "this session began 1 s before the change, and goes on whatever the rules are")


def test_newer_ssh_has_a_program_for_each_session(host: Host) -> None:
    new = ("sshd-session", "sshd-session: root [priv]", 1001.0), ("sh", "-sh", 1001.2), CONFIRM
    assert host.doubt(host.chain(LISTENER, *new, client="192.0.2.7")) == ""


@pytest.mark.parametrize(
    "client", ["127.0.0.1", "127.8.8.8", "::1", "198.51.100.1", "2001:db8::1", "::ffff:198.51.100.1"]
)
def test_the_host_itself_proves_nothing(host: Host, client: str) -> None:
    said = host.doubt(host.chain(LISTENER, *session(1001.0), CONFIRM, client=client))
    assert "this session comes from this host itself" in said


@pytest.mark.parametrize("client", ["UNKNOWN", ""])
def test_where_a_session_comes_from_must_be_known(host: Host, client: str) -> None:
    assert "cannot be seen where" in host.doubt(host.chain(LISTENER, *session(1001.0), CONFIRM, client=client))


@pytest.mark.parametrize("processes", [(CONFIRM,), (("cron", "cron", 5.0), ("sh", "sh -c", 1100.0), CONFIRM)])
@pytest.mark.parametrize("terminal", [0, PTS, TTY1])
def test_what_is_in_no_session_proves_nothing(
    host: Host, processes: tuple[tuple[str, str, float], ...], terminal: int
) -> None:
    assert "neither in an SSH session nor on a console" in host.doubt(host.chain(*processes, terminal=terminal))


@pytest.mark.parametrize(
    ("terminal", "proven"), [(TTY1, True), (TTYS0, True), (HVC0, True), (PTS, False), (PTMX, False)]
)
def test_a_console_is_one_that_somebody_logged_in_at(host: Host, terminal: int, *, proven: bool) -> None:
    login = ("login", "/bin/login -p --", 900.0), ("bash", "-bash", 901.0), CONFIRM
    assert (host.doubt(host.chain(*login, terminal=terminal)) == "") is proven


def test_a_multiplexer_proves_what_all_that_is_attached_to_it_prove(host: Host) -> None:
    server = ("tmux: server", "tmux", 500.0), ("bash", "-bash", 500.0), CONFIRM
    inside = host.chain(*server, client="192.0.2.7")
    assert "no session is attached to the tmux: server that this runs in" in host.doubt(inside)
    host.chain(LISTENER, *session(1001.0), ("tmux: client", "tmux attach", 1002.0), client="192.0.2.7")
    assert host.doubt(inside) == ""
    host.chain(LISTENER, *session(400.0), ("tmux: client", "tmux attach", 500.0), client="192.0.2.7")
    assert "attached to tmux: server proves nothing (this session began 600 s before" in host.doubt(inside)


def test_a_multiplexer_in_a_new_session_is_part_of_it_while_it_is_below(host: Host) -> None:
    screen = ("screen", "SCREEN", 500.0), ("bash", "-bash", 500.0), CONFIRM
    inside = host.chain(*screen)
    host.chain(LISTENER, *session(1001.0), ("screen", "screen -r", 1002.0), client="192.0.2.7")
    assert host.doubt(inside) == ""


def test_mosh_is_a_session_that_ssh_began(host: Host) -> None:
    old, new = (("mosh-server", "mosh-server new", began) for began in (900.0, 1010.0))
    assert "this session began 100 s before" in host.doubt(
        host.chain(old, ("bash", "-bash", 1.0), CONFIRM, client="192.0.2.7")
    )
    assert host.doubt(host.chain(new, ("bash", "-bash", 1.0), CONFIRM, client="192.0.2.7")) == ""


def test_this_very_process_has_an_answer() -> None:
    assert isinstance(doubt(changed_at=0.0, own_addresses=lambda: ()), str)
