# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The samples of the README: what its commands print, run on the inventory that it shows."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import tempfile

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
README = CHECKOUT / "README.md"

_INVENTORY = re.compile(r"^```yaml\n(all:\n.*?)^```$", flags=re.MULTILINE | re.DOTALL)
_SAMPLE = re.compile(
    r"^```console\n(\$ (ansible-playbook -i hosts\.yml printops\.firewall\.(?:plan|explain)[^$\n]*)\n)(.*?)^```$",
    flags=re.MULTILINE | re.DOTALL,
)
_OF_ANSIBLE = re.compile(r"(PLAY|TASK) .*\*{3}|(ok|skipping|changed): \[|localhost +: ok=")


def with_samples(text: str) -> str:
    """The text with what each command prints that only reads the inventory and no file, without Ansible's own lines."""
    inventory = _INVENTORY.search(text)
    if not inventory:
        raise ValueError("there is no inventory, a block of YAML that begins with all:")
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "hosts.yml").write_text(inventory[1], encoding="utf-8")
        return _SAMPLE.sub(lambda found: f"```console\n{found[1]}{printed(found[2], folder=folder)}```", text)


def printed(command: str, *, folder: str) -> str:
    """What the command prints for the operator."""
    done = subprocess.run(
        command.split(),
        cwd=folder,
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".collections"), "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    lines = [line for line in done.stdout.splitlines() if not _OF_ANSIBLE.match(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"
