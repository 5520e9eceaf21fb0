# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of the lab: one for the client, and a host key for each machine."""

from __future__ import annotations

from pathlib import Path

from . import files
from .commands import run
from .naming import LabNames
from .topology import MACHINES


def host_key(*, names: LabNames, host: str) -> Path:
    return names.state / "host_keys" / host


def make_key(*, path: Path, comment: str) -> None:
    path.unlink(missing_ok=True)
    run(command=["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)])


def public_key(*, private_key: Path) -> str:
    return private_key.with_name(f"{private_key.name}.pub").read_text(encoding="utf-8")


def ensure_keys(*, names: LabNames) -> None:
    """Have all keys and the client's files; known_hosts is written last and tells that they are complete."""
    if names.known_hosts.is_file():
        return
    host_key(names=names, host="any").parent.mkdir(parents=True, exist_ok=True)
    make_key(path=names.private_key, comment=names.namespace)
    for machine in MACHINES:
        make_key(path=host_key(names=names, host=machine.name), comment=machine.name)
    config = files.ssh_config(
        private_key=str(names.private_key), known_hosts_file=str(names.known_hosts), machines=MACHINES
    )
    names.ssh_config.write_text(config, encoding="utf-8")
    public_keys = {m.name: public_key(private_key=host_key(names=names, host=m.name)) for m in MACHINES}
    unfinished = names.known_hosts.with_name("known_hosts.unfinished")
    unfinished.write_text(files.known_hosts(public_keys=public_keys, machines=MACHINES), encoding="utf-8")
    unfinished.rename(names.known_hosts)
