# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of machines: one unpacked Debian a suite and kind, in a cache that all labs of a machine share."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from .commands import LabError, run
from .topology import ImageKind, Machine

PACKAGES = (
    "systemd-sysv",
    "dbus",
    "python3",
    "firewalld",
    "ufw",
    "nftables",
    "iptables",
    "iproute2",
    "procps",
    "openssh-server",
    "conntrack",
    "sudo",
)

SERVICE_PACKAGES = (
    "slapd",
    "python3-ldap",
    "python3-cryptography",
    "postgresql",
    "python3-psycopg2",
    "samba",
    "smbclient",
    "nginx-light",
    "cups",
    "dnsmasq",
    "avahi-daemon",
    "avahi-utils",
    "snmp",
    "snmpd",
    "default-jre-headless",
)
"""What a machine needs that plays the servers and the faults of the checks before the installation."""

SERVICE_UNITS = (
    "slapd",
    "postgresql",
    "smbd",
    "nmbd",
    "samba-ad-dc",
    "nginx",
    "cups.service",
    "cups.socket",
    "cups.path",
    "dnsmasq",
    "avahi-daemon.service",
    "avahi-daemon.socket",
    "snmpd",
)

UNWANTED_UNITS = (
    "console-getty.service",
    "container-getty@.service",
    "getty.target",
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "fstrim.timer",
    "systemd-networkd-wait-online.service",
)

CUSTOMIZATION = (
    'rm -f "$1"/etc/ssh/ssh_host_*',
    'chroot "$1" systemctl --quiet disable ufw firewalld nftables',
    'chroot "$1" systemctl --quiet enable ssh systemd-networkd',
    f'chroot "$1" systemctl --quiet mask {" ".join(UNWANTED_UNITS)}',
    'chroot "$1" firewall-offline-cmd --quiet --zone=public --remove-service-from-zone=ssh',
    'rm -f "$1"/usr/lib/systemd/network/80-container-host0.network',
    'rm -f "$1"/lib/systemd/network/80-container-host0.network',
)

LPD_SOCKET = "[Socket]\\nListenStream=515\\nAccept=yes"
LPD_SERVICE = "[Service]\\nExecStart=-/usr/lib/cups/daemon/cups-lpd\\nStandardInput=socket"
SERVICE_CUSTOMIZATION = (
    f'chroot "$1" systemctl --quiet disable {" ".join(SERVICE_UNITS)}',
    f'printf "{LPD_SOCKET}\\n" >"$1"/etc/systemd/system/cups-lpd.socket',
    f'printf "{LPD_SERVICE}\\n" >"$1"/etc/systemd/system/cups-lpd@.service',
)
"""None of the services starts by itself: a test starts what it needs. Debian has cups-lpd without units for it."""

LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*")


class Image(NamedTuple):
    """What a machine's disk is made from."""

    suite: str
    kind: ImageKind = "base"

    @classmethod
    def of(cls, machine: Machine) -> Image:
        return cls(suite=machine.suite, kind=machine.image)

    def __str__(self) -> str:
        return self.suite if self.kind == "base" else f"{self.suite}-{self.kind}"


def recipe(*, kind: ImageKind) -> list[str]:
    """Arguments of mmdebstrap, but for the suite and the target."""
    extra = kind == "services"
    packages = (*PACKAGES, *(SERVICE_PACKAGES if extra else ()))
    commands = (*CUSTOMIZATION, *(SERVICE_CUSTOMIZATION if extra else ()))
    return [
        "--quiet",
        "--variant=minbase",
        f"--include={','.join(packages)}",
        '--aptopt=Acquire::Languages "none"',
        "--dpkgopt=force-unsafe-io",
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT),
        *(f"--customize-hook={command}" for command in commands),
    ]


def image_folder(*, cache: Path, image: Image) -> Path:
    """Where an image lies: another recipe is another folder."""
    digest = hashlib.sha256("\0".join(recipe(kind=image.kind)).encode()).hexdigest()[:12]
    return cache / f"{image}-{digest}"


def build_image(*, cache: Path, image: Image) -> None:
    """Build an image unless it is there; wait when another process is building it."""
    target = image_folder(cache=cache, image=image)
    unfinished = target.with_name(f"{target.name}.unfinished")
    with target.with_name(f"{target.name}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.is_dir():
            return
        if unfinished.exists():
            shutil.rmtree(unfinished)
        run(command=["unshare", "--mount", "mmdebstrap", *recipe(kind=image.kind), image.suite, str(unfinished)])
        unfinished.rename(target)


def ensure_images(*, cache: Path, images: Sequence[Image]) -> None:
    """Have every image; those lacking are built side by side.

    Raises LabError, which names every image that failed.
    """
    lacking = [image for image in images if not image_folder(cache=cache, image=image).is_dir()]
    if not lacking:
        return
    cache.mkdir(parents=True, exist_ok=True)
    print(f"lab: building images of {', '.join(map(str, lacking))} in {cache}", flush=True)
    failures = []
    with ThreadPoolExecutor(max_workers=len(lacking)) as pool:
        builds = {image: pool.submit(build_image, cache=cache, image=image) for image in lacking}
    for image, build in builds.items():
        if (error := build.exception()) is not None:
            failures.append(f"image of {image}: {error}")
    if failures:
        raise LabError("\n".join(failures))
