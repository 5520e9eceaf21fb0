# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._offline import voice

SAYS = """
import sys
sys.path.insert(0, sys.argv[1])
from voice import Voice
voice = Voice()
for number in range(20000):
    voice.say(f"line {number}")
    voice.warn_once("told once")
print("done", file=open(sys.argv[2], "w"))
sys.exit(3 if voice.is_broken else 0)
"""


@pytest.mark.parametrize(("redirected", "status"), [(">/dev/full", 3), ("2>/dev/full", 3), ("| head -1", 3), ("", 0)])
def test_output_that_fails_ends_nothing(redirected: str, status: int, tmp_path: pathlib.Path) -> None:
    command = '"$0" -c "$1" "$2" "$3"'
    places = pathlib.Path(voice.__file__).parent, tmp_path / "done"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{command} {redirected}", sys.executable, SAYS, *map(str, places)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, (tmp_path / "done").read_text()) == (status, "done\n")
    assert done.stderr == ("" if redirected.startswith("2") else "told once\n")
