# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Files that the controller writes for people."""

from __future__ import annotations

import pathlib
import tempfile


def replace_file(path: pathlib.Path, content: bytes) -> None:
    """All of it or nothing, to be read by everyone; raises C(OSError)."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        file.write(content)
    pathlib.Path(file.name).chmod(0o644)
    pathlib.Path(file.name).replace(path)
