# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and folders of one lab, all derived from the checkout and the instance."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from .commands import LabError

DEFAULT_INSTANCE = "default"
INSTANCE_PATTERN = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
DEFAULT_CACHE = Path("/var/cache/printops-firewall-lab")


@dataclass(frozen=True)
class LabNames:
    """What a lab is called on the machine that runs it: two labs never share one of these names."""

    checkout: Path
    instance: str

    def __post_init__(self) -> None:
        if not INSTANCE_PATTERN.fullmatch(self.instance):
            raise LabError(f"instance name {self.instance!r}: use 1 to 32 of a-z, 0-9 and '-'")

    @property
    def key(self) -> str:
        """Eight hexadecimal digits that stand for this checkout and instance."""
        return hashlib.sha256(f"{self.checkout}\0{self.instance}".encode()).hexdigest()[:8]

    @property
    def namespace(self) -> str:
        return f"printops-{self.key}"

    @property
    def namespace_path(self) -> Path:
        return Path("/run/netns") / self.namespace

    @property
    def state(self) -> Path:
        return self.checkout / "build" / "lab" / self.instance

    @property
    def lock(self) -> Path:
        """Outside of the state folder, so that it can be held while that folder is removed."""
        return self.state.with_name(f".{self.instance}.lock")

    @property
    def connections(self) -> Path:
        """Where Ansible keeps its open SSH connections: apart for each lab, since labs have the same addresses."""
        return Path("/run") / self.namespace / "ssh"

    def machine(self, *, host: str) -> str:
        return f"{host}-{self.key}"

    def machine_folder(self, *, host: str) -> Path:
        return self.state / "machines" / host

    def log(self, *, host: str) -> Path:
        return self.state / "logs" / f"{host}.log"

    @property
    def private_key(self) -> Path:
        return self.state / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        return self.state / "known_hosts"

    @property
    def ssh_config(self) -> Path:
        return self.state / "ssh_config"


def names_of_this_lab(*, instance: str | None) -> LabNames:
    """Names of the lab of the checkout that holds this file; `instance` wins over the environment."""
    chosen = instance or os.environ.get("PRINTOPS_LAB_INSTANCE") or DEFAULT_INSTANCE
    return LabNames(checkout=Path(__file__).resolve().parents[2], instance=chosen)


def image_cache() -> Path:
    """Folder of the base images, shared by all labs of this machine."""
    return Path(os.environ.get("PRINTOPS_LAB_CACHE") or DEFAULT_CACHE).absolute()
