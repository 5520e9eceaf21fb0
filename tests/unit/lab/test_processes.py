# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

from ansible_collections.printops.firewall.tests.lab.cgroups import own_hierarchies
from ansible_collections.printops.firewall.tests.lab.images import Image, image_folder, recipe
from ansible_collections.printops.firewall.tests.lab.processes import is_supervisor_of, root_mount_source

BOOTED = """\
201 180 0:44 / / rw,relatime shared:9 - overlay site1-0123abcd rw,lowerdir=/a,upperdir=/b
202 201 0:50 / /proc rw - proc proc rw
"""
BEFORE_ITS_ROOT_CHANGED = """\
20 1 254:0 / / rw,relatime - ext4 /dev/vda rw
21 20 0:44 / /src/build/root rw - overlay site1-0123abcd rw,lowerdir=/a,upperdir=/b
"""


def test_supervisor_is_told_by_the_exact_machine_name() -> None:
    arguments = ["systemd-nspawn", "--quiet", "--machine=site1-0123abcd", "--boot"]
    assert is_supervisor_of(arguments=arguments, machine_name="site1-0123abcd")
    assert not is_supervisor_of(arguments=arguments, machine_name="site1-0123abc")
    assert not is_supervisor_of(arguments=["vi", "--machine=site1-0123abcd"], machine_name="site1-0123abcd")


def test_machine_is_told_by_what_is_mounted_on_its_root() -> None:
    assert root_mount_source(mountinfo=BOOTED) == "site1-0123abcd"
    assert root_mount_source(mountinfo=BEFORE_ITS_ROOT_CHANGED) == "/dev/vda"
    assert root_mount_source(mountinfo="") is None


def test_control_groups_where_systemd_has_a_hierarchy_of_its_own(tmp_path: Path) -> None:
    for folder in ("systemd", "unified"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "cgroup.procs").touch()
    found = own_hierarchies(membership="9:name=systemd:/a\n8:pids:/b\n0::/c\n", root=tmp_path)
    assert found == [tmp_path / "systemd/a", tmp_path / "unified/c"]


def test_control_groups_where_there_is_one_hierarchy(tmp_path: Path) -> None:
    (tmp_path / "cgroup.procs").touch()
    assert own_hierarchies(membership="0::/user.slice\n", root=tmp_path) == [tmp_path / "user.slice"]


def test_image_of_another_suite_or_kind_is_another_folder(tmp_path: Path) -> None:
    images = (Image("trixie"), Image("bookworm"), Image("bookworm", "services"))
    assert len({image_folder(cache=tmp_path, image=image) for image in images}) == len(images)
    assert "--include=systemd-sysv,dbus,python3,firewalld,ufw" in ",".join(recipe(kind="base"))


def test_what_a_service_needs_is_in_its_own_image_alone() -> None:
    assert "slapd" in ",".join(recipe(kind="services"))
    assert "slapd" not in ",".join(recipe(kind="base"))
