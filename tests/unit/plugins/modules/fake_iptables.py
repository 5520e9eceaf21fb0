# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""iptables, ip6tables and their -restore commands over a folder instead of a kernel.

Usage: fake_iptables.py FOLDER NAME ARGUMENT...; FOLDER/filter4 and filter6 hold what -S prints, and FOLDER/calls gets a
line for each call. A line such as `iptables-restore load` in FOLDER/refuse makes that call fail; `load-again` makes all
but the first since FOLDER/calls was emptied fail, and `forget` makes a load succeed without doing anything.
"""

from __future__ import annotations

import pathlib
import sys


def as_listed(line: str, *, version: int) -> str:
    """A rule line of a file in the order and with the words of -S; knows the options of our rules, passes others on."""
    words = line.split()
    for option in ("-d", "-s"):
        if option in words:
            position = words.index(option)
            address = words[position + 1]
            del words[position : position + 2]
            words[2:2] = [option, address if "/" in address else f"{address}/{32 if version == 4 else 128}"]
    for option in ("--dport", "--sport"):
        if option in words:
            words[words.index(option) : words.index(option)] = ["-m", words[words.index("-p") + 1]]
    return " ".join(words)


def main(folder: pathlib.Path, name: str, arguments: list[str]) -> int:
    version = 6 if name.startswith("ip6") else 4
    table = folder / f"filter{version}"
    chains = tuple(f"-A ufw{'6' if version == 6 else ''}-user-{way} " for way in ("input", "output"))
    action = "list" if "-S" in arguments else "test" if "--test" in arguments else "load"
    log = folder / "calls"
    again = log.exists() and f"{name} {action}\n" in log.read_text(encoding="ascii")
    with log.open("a", encoding="ascii") as calls:
        calls.write(f"{name} {action}\n")
    refuse = folder / "refuse"
    refused = refuse.read_text(encoding="ascii").splitlines() if refuse.exists() else []
    if f"{name} {action}" in refused or (again and f"{name} {action}-again" in refused):
        sys.stderr.write(f"{name}: line 1 failed\n")
        return 2
    if action == "list":
        sys.stdout.write(table.read_text(encoding="ascii"))
    else:
        text = sys.stdin.buffer.read().decode("latin-1")
        if action == "load" and f"{name} forget" not in refused:
            others = [line for line in table.read_text(encoding="ascii").splitlines() if not line.startswith(chains)]
            loaded = [as_listed(line, version=version) for line in text.split("\n") if line.startswith(chains)]
            table.write_text("".join(f"{line}\n" for line in [*others, *loaded]), encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
