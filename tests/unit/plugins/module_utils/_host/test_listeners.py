# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listening sockets, from a /proc of a few files."""

from __future__ import annotations

import pathlib

from ansible_collections.printops.firewall.plugins.module_utils._host.listeners import Listener, address_of, listeners

HEAD = "  sl  local_address rem_address st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode\n"
LINE = "   0: {} 00000000:0000 {} 00000000:00000000 00:00000000 00000000 0 0 {} 1\n"


def test_addresses_are_read_word_by_word() -> None:
    assert address_of("0100007F") == "127.0.0.1"
    assert address_of("B80D0120000001000000000011000000") == "2001:db8:1::11"
    assert address_of("0000000000000000FFFF00000100007F") == "127.0.0.1"


def test_what_waits_is_found_with_its_process(tmp_path: pathlib.Path) -> None:
    net = tmp_path / "net"
    net.mkdir()
    (net / "tcp").write_text(HEAD + LINE.format("00000000:0016", "0A", 7) + LINE.format("0100007F:1F90", "01", 8))
    (net / "tcp6").write_text(HEAD + LINE.format("00000000000000000000000000000000:0016", "0A", 9))
    (net / "udp").write_text(HEAD + LINE.format("00000000:0044", "07", 10) + LINE.format("00000000:00A1", "07", 11))
    process = tmp_path / "42"
    (process / "fd").mkdir(parents=True)
    (process / "comm").write_text("sshd\n")
    (process / "fd/3").symlink_to("socket:[7]")
    assert listeners(proc=tmp_path) == [
        Listener("tcp", 22, ("0.0.0.0", "::"), "sshd"),
        Listener("udp", 161, ("0.0.0.0",), ""),
    ]
