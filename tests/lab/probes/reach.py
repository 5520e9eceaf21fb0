# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries a new connection to each address again and again until standard input ends; prints when it failed.

Usage: reach.py PORT ADDRESS...; prints C(ready), then {address: [[first failure, next success or null], ...]} in
seconds of the clock that all processes of a machine share.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time

ATTEMPT_S = 0.4
PAUSE_S = 0.1


def answers(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=ATTEMPT_S) as connection:
            connection.settimeout(5)
            return connection.recv(1) != b""
    except OSError:
        return False


def watch(address: str, port: int, gaps: list[list[float | None]], over: threading.Event) -> None:
    while not over.is_set():
        begun = time.monotonic()
        reached = answers(address, port)
        fails = bool(gaps) and gaps[-1][1] is None
        if reached and fails:
            gaps[-1][1] = time.monotonic()
        elif not reached and not fails:
            gaps.append([begun, None])
        time.sleep(PAUSE_S)


def main() -> None:
    port, addresses = int(sys.argv[1]), sys.argv[2:]
    gaps: dict[str, list[list[float | None]]] = {address: [] for address in addresses}
    over = threading.Event()
    watchers = [threading.Thread(target=watch, args=(address, port, gaps[address], over)) for address in addresses]
    for watcher in watchers:
        watcher.start()
    print("ready", flush=True)
    sys.stdin.read()
    over.set()
    for watcher in watchers:
        watcher.join()
    print(json.dumps(gaps))


if __name__ == "__main__":
    main()
