# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test sanity on the collection as it is published, with the ansible-core that runs this test."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

import ansible_test

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
HOME = CHECKOUT / "build" / "ansible-test" / pathlib.Path(sys.prefix).name
"""Where ansible-test keeps the environments of its tests from one run to the next."""

PROGRAMS = pathlib.Path(sys.executable).parent


def left_out() -> list[str]:
    """Tests of sanity that need what no registry of Python packages has: PSScriptAnalyzer, or a download by address.

    pylint is one of them only where ansible-test pins an unreleased package, as the release candidate of 2.22 does.
    """
    needed = pathlib.Path(ansible_test.__path__[0], "_data", "requirements", "sanity.pylint.txt")
    return ["pslint", *(["pylint"] if " @ " in needed.read_text(encoding="utf-8") else [])]


def stand_in_for_get_pip() -> None:
    """ansible-test downloads a script that installs pip; Python has pip with it."""
    source = pathlib.Path(ansible_test.__path__[0], "_internal", "python_requirements.py").read_text(encoding="utf-8")
    (version,) = set(re.findall(r"\bpip='([0-9.]+)'", source))
    script = HOME / ".ansible" / "test" / "cache" / f"get_pip_{version.replace('.', '_')}.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text("import ensurepip\n\nensurepip.bootstrap()\n", encoding="utf-8")


def unpacked(folder: pathlib.Path) -> pathlib.Path:
    """The collection as it is published, where ansible-test looks for one."""
    build = [PROGRAMS / "ansible-galaxy", "collection", "build", CHECKOUT, "--output-path", folder]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    (archive,) = folder.glob("*.tar.gz")
    collection = folder / "ansible_collections" / "printops" / "firewall"
    with tarfile.open(archive) as tar:
        tar.extractall(collection, filter="data")
    return collection


def test_sanity(tmp_path: pathlib.Path) -> None:
    stand_in_for_get_pip()
    collection = unpacked(tmp_path)
    scripts = [] if shutil.which("pwsh") else sorted(collection.glob("plugins/modules/*.ps1"))
    done = subprocess.run(
        [
            PROGRAMS / "ansible-test",
            "sanity",
            "--color=no",
            f"--python={sys.version_info[0]}.{sys.version_info[1]}",
            *(word for name in left_out() for word in ("--skip-test", name)),
            *(word for path in scripts for word in ("--exclude", str(path.relative_to(collection)))),
        ],
        cwd=collection,
        env={**os.environ, "HOME": str(HOME), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]
    assert "validate-modules" in done.stdout + done.stderr
    assert not list(collection.glob("tests/sanity/ignore*"))
