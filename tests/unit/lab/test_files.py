# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.printops.firewall.tests.lab import files
from ansible_collections.printops.firewall.tests.lab.topology import MACHINES, machine_named


def test_network_unit_gives_both_families_without_looking_for_duplicates() -> None:
    unit = files.network_unit(addresses=["198.18.1.11", "2001:db8:1::11"])
    head, first, second = unit.split("\n[Address]\n")
    assert head.startswith("[Match]\nName=host0\n")
    assert first == "Address=198.18.1.11/15\nDuplicateAddressDetection=none\n"
    assert second == "Address=2001:db8:1::11/32\nDuplicateAddressDetection=none\n"


def test_only_the_firewall_in_use_is_not_masked() -> None:
    assert files.masked_services(firewall="firewalld") == ("ufw",)
    assert files.masked_services(firewall="ufw") == ("firewalld",)
    assert files.masked_services(firewall="none") == ("firewalld", "ufw")


def test_known_hosts_has_every_spelling_of_an_address() -> None:
    mgmt1 = machine_named(name="mgmt1")
    text = files.known_hosts(public_keys={"mgmt1": "ssh-ed25519 AAAA comment\n"}, machines=[mgmt1])
    assert text == "mgmt1,198.18.0.11,2001:db8:0::11,2001:db8::11 ssh-ed25519 AAAA\n"


def test_hosts_file_names_every_machine_in_both_families() -> None:
    lines = files.hosts_file(machines=MACHINES).splitlines()
    for machine in MACHINES:
        assert [line.split()[0] for line in lines if line.endswith(f" {machine.name}")] == list(machine.addresses[:2])


def test_machine_id_has_the_form_that_systemd_wants() -> None:
    made = {files.machine_id(machine_name=machine.name) for machine in MACHINES}
    assert len(made) == len(MACHINES)
    assert all(len(text) == 33 and int(text, 16) >= 0 for text in made)
