# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One machine: its folder over the base image, its start and its end."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from . import cgroups, files, keys
from .commands import run
from .images import Image, image_folder
from .naming import LabNames
from .network import BRIDGE, inside_network, remove_ports
from .topology import MACHINES, Machine

REBOOT_STATUS = 133
KEEP_RUNNING = f'while :; do "$@"; status=$?; [ "$status" -eq {REBOOT_STATUS} ] || exit "$status"; done'


def write(*, path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def furnish(*, names: LabNames, machine: Machine, upper: Path) -> None:
    """Write what tells this machine from its base image into the upper folder of its overlay."""
    key = keys.host_key(names=names, host=machine.name)
    etc = upper / "etc"
    write(path=etc / "hostname", text=machine.name + "\n")
    write(path=etc / "hosts", text=files.hosts_file(machines=MACHINES))
    write(path=etc / "machine-id", text=files.machine_id(machine_name=names.machine(host=machine.name)), mode=0o444)
    write(path=etc / "systemd/network/10-lab.network", text=files.network_unit(addresses=machine.addresses))
    write(path=etc / "ssh/sshd_config.d/lab.conf", text=files.SSHD_CONFIG)
    write(path=etc / "ssh/ssh_host_ed25519_key", text=key.read_text(encoding="utf-8"), mode=0o600)
    write(path=etc / "ssh/ssh_host_ed25519_key.pub", text=keys.public_key(private_key=key))
    authorized = upper / "root/.ssh/authorized_keys"
    write(path=authorized, text=keys.public_key(private_key=names.private_key), mode=0o600)
    authorized.parent.chmod(0o700)
    authorized.parent.parent.chmod(0o700)
    for service in files.masked_services(firewall=machine.firewall):
        (etc / "systemd/system").mkdir(parents=True, exist_ok=True)
        (etc / f"systemd/system/{service}.service").symlink_to("/dev/null")


def make_root(*, names: LabNames, machine: Machine, cache: Path) -> None:
    """Mount a new overlay for the machine, with the machine's own files."""
    folder = names.machine_folder(host=machine.name)
    upper, work, root = folder / "upper", folder / "work", folder / "root"
    for path in (upper, work, root):
        path.mkdir(parents=True)
    upper.chmod(0o755)
    furnish(names=names, machine=machine, upper=upper)
    lower = image_folder(cache=cache, image=Image.of(machine))
    options = f"lowerdir={lower},upperdir={upper},workdir={work}"
    run(command=["mount", "-t", "overlay", "-o", options, names.machine(host=machine.name), str(root)])


def boot(*, names: LabNames, machine: Machine) -> subprocess.Popen[bytes]:
    """Start the machine from its root as it is and return the process that watches over it.

    With --keep-unit, systemd-nspawn ends with REBOOT_STATUS when the machine reboots, so it is started again then.
    """
    remove_ports(names=names, host=machine.name)
    root = names.machine_folder(host=machine.name) / "root"
    log = names.log(host=machine.name)
    log.parent.mkdir(parents=True, exist_ok=True)
    nspawn = ["systemd-nspawn", "--quiet", f"--directory={root}", f"--machine={names.machine(host=machine.name)}"]
    options = ["--register=no", "--keep-unit", "--link-journal=no", "--resolv-conf=off", "--timezone=off"]
    network = [f"--hostname={machine.name}", f"--network-bridge={BRIDGE}"]
    prefix = [*cgroups.start_prefix(names=names, host=machine.name), *inside_network(names=names)]
    with log.open("ab") as output:
        return subprocess.Popen(
            ["sh", "-c", KEEP_RUNNING, "sh", *prefix, *nspawn, *options, *network, "--boot"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def clear(*, names: LabNames, host: str) -> None:
    """Remove what a machine that no longer runs left: mount, folder and control group."""
    folder = names.machine_folder(host=host)
    root = folder / "root"
    while root.is_mount():
        run(command=["umount", str(root)])
    if folder.exists():
        shutil.rmtree(folder)
    cgroups.remove_groups(names=names, host=host)
