# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A control group for each machine.

Two machines started from one control group would share every service's group: stopping a service in one
would wait for, or kill, that of the other. Where systemd runs this machine, it is asked for a scope.
"""

from __future__ import annotations

import os
from pathlib import Path

from .naming import LabNames

CGROUP_ROOT = Path("/sys/fs/cgroup")
SYSTEMD_RUNS_HERE = Path("/run/systemd/system")


def own_hierarchies(*, membership: str, root: Path) -> list[Path]:
    """Folders of the current process in the hierarchies that systemd uses.

    `membership` is the text of /proc/self/cgroup, `root` where the hierarchies are mounted.
    """
    unified = root / "unified" if (root / "unified").is_dir() else root
    found = []
    for line in membership.splitlines():
        _number, controllers, path = line.split(":", 2)
        if controllers == "name=systemd":
            found.append(root / "systemd" / path.lstrip("/"))
        elif not controllers and (unified / "cgroup.procs").is_file():
            found.append(unified / path.lstrip("/"))
    return found


def lab_groups(*, names: LabNames) -> list[Path]:
    """Folders of the lab, at the top of each hierarchy, where any later command finds them again."""
    membership = "\n".join(
        f"{line.rsplit(':', 1)[0]}:/" for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    )
    return [folder / names.namespace for folder in own_hierarchies(membership=membership, root=CGROUP_ROOT)]


def start_prefix(*, names: LabNames, host: str) -> list[str]:
    """What to put before a command so that it replaces itself, with its process id, in the machine's group."""
    if SYSTEMD_RUNS_HERE.is_dir():
        unit = f"--unit={names.machine(host=host)}"
        return ["systemd-run", "--scope", "--quiet", "--collect", "--property=Delegate=yes", unit, "--"]
    enter = []
    for group in lab_groups(names=names):
        (group / host).mkdir(parents=True, exist_ok=True)
        enter.append(f'echo $$ > "{group / host}/cgroup.procs" && ')
    return ["sh", "-c", "".join(enter) + 'exec "$@"', "sh"]


def remove_groups(*, names: LabNames, host: str | None = None) -> None:
    """Remove the groups of one machine, or of the whole lab, whose processes have ended."""
    for group in lab_groups(names=names):
        for folder, _folders, _files in os.walk(group / host if host else group, topdown=False):
            Path(folder).rmdir()
