# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Base images: one unpacked Debian a suite, in a cache that all labs of a machine share."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .commands import LabError, run

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

LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*")


def recipe() -> list[str]:
    """Arguments of mmdebstrap, but for the suite and the target."""
    return [
        "--quiet",
        "--variant=minbase",
        f"--include={','.join(PACKAGES)}",
        '--aptopt=Acquire::Languages "none"',
        "--dpkgopt=force-unsafe-io",
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT),
        *(f"--customize-hook={command}" for command in CUSTOMIZATION),
    ]


def image_folder(*, cache: Path, suite: str) -> Path:
    """Where the image of a suite lies: another recipe is another folder."""
    digest = hashlib.sha256("\0".join(recipe()).encode()).hexdigest()[:12]
    return cache / f"{suite}-{digest}"


def build_image(*, cache: Path, suite: str) -> None:
    """Build the image of `suite` unless it is there; wait when another process is building it."""
    target = image_folder(cache=cache, suite=suite)
    unfinished = target.with_name(f"{target.name}.unfinished")
    with target.with_name(f"{target.name}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.is_dir():
            return
        if unfinished.exists():
            shutil.rmtree(unfinished)
        run(command=["unshare", "--mount", "mmdebstrap", *recipe(), suite, str(unfinished)])
        unfinished.rename(target)


def ensure_images(*, cache: Path, suites: Sequence[str]) -> None:
    """Have an image of every suite; those lacking are built side by side.

    Raises LabError, which names every suite that failed.
    """
    lacking = [suite for suite in suites if not image_folder(cache=cache, suite=suite).is_dir()]
    if not lacking:
        return
    cache.mkdir(parents=True, exist_ok=True)
    print(f"lab: building images of {', '.join(lacking)} in {cache}", flush=True)
    failures = []
    with ThreadPoolExecutor(max_workers=len(lacking)) as pool:
        builds = {suite: pool.submit(build_image, cache=cache, suite=suite) for suite in lacking}
    for suite, build in builds.items():
        if (error := build.exception()) is not None:
            failures.append(f"image of {suite}: {error}")
    if failures:
        raise LabError("\n".join(failures))
