# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that looks at the network from Windows, in PowerShell 7, over the ports of this machine."""

from __future__ import annotations

import json
import pathlib
import socket
import typing as t

import pytest

from ansible_collections.printops.firewall.tests.unit.plugins.module_utils.doors import LOOPBACK, closed_port, mute

from ..powershell.resident import Call, run

pytestmark = pytest.mark.pwsh

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
SCRIPT = CHECKOUT / "roles" / "preinstall_network" / "files" / "network_probe_info.ps1"
HARNESS = pathlib.Path(__file__).with_name("network_harness.ps1")
EXPIRY_S = 2
JAVA = r'"C:\SafeQ6\java.exe" -Dcom.sun.management.jmxremote.port=9999 -Dpassword=hunter2'
PROCESSES = [
    {"ProcessId": 4, "Name": "System", "ExecutablePath": None, "CommandLine": None},
    {"ProcessId": 900, "Name": "java.exe", "ExecutablePath": r"C:\SafeQ6\java.exe", "CommandLine": JAVA},
]
SOCKETS = [
    {"LocalAddress": "0.0.0.0", "LocalPort": 9999, "OwningProcess": 900},
    {"LocalAddress": "::", "LocalPort": 9999, "OwningProcess": 900},
    {"LocalAddress": "::", "LocalPort": 80, "OwningProcess": 4},
    {"LocalAddress": "127.0.0.1", "LocalPort": 81, "OwningProcess": 77},
]


def probe(folder: pathlib.Path, **question: t.Any) -> dict[str, t.Any]:
    """What the script gives to Ansible."""
    work, answers = folder / "work.json", folder / "answers.json"
    given = {"script": str(SCRIPT), "answers": str(answers), "sockets": SOCKETS, "processes": PROCESSES}
    asked = {"Targets": [], "Latency": [], "Samples": 5, "Pause": 0.01, "Timeout": EXPIRY_S, **question}
    work.write_text(json.dumps({**given, "question": asked}), encoding="utf-8")
    done = run(Call(folder=folder, file=HARNESS, words=(str(work),)))
    assert done.returncode == 0, done.stdout + done.stderr
    ansible = json.loads(answers.read_text(encoding="utf-8-sig"))
    assert ansible["Changed"] is False
    result = ansible["Result"]
    assert isinstance(result, dict)
    return result


def tcp(port: int) -> dict[str, t.Any]:
    return {"protocol": "tcp", "address": LOOPBACK, "port": port}


def test_targets_are_told_apart_and_tried_at_the_same_time(tmp_path: pathlib.Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as door, mute() as mute_port:
        targets = [tcp(door.getsockname()[1]), tcp(closed_port()), *[tcp(mute_port)] * 10]
        found = probe(tmp_path, Targets=targets)
    assert [one["state"] for one in found["targets"]] == ["open", "closed", *["filtered"] * 10]
    assert [one["port"] for one in found["targets"]] == [one["port"] for one in targets]
    assert found["took_s"] < EXPIRY_S + 4


def test_a_datagram_that_nothing_answers_is_silent(tmp_path: pathlib.Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind((LOOPBACK, 0))
        found = probe(tmp_path, Targets=[{"protocol": "udp", "address": LOOPBACK, "port": ear.getsockname()[1]}])
    assert [one["state"] for one in found["targets"]] == ["silent"]


def test_latency_has_as_many_samples_as_were_asked_for(tmp_path: pathlib.Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as door:
        port = door.getsockname()[1]
        (found,) = probe(tmp_path, Latency=[{"address": LOOPBACK, "ports": [port]}])["latency"]
    assert found["way"] in ("icmp", f"tcp/{port}")
    assert len(found["times_ms"]) + found["lost"] == 5
    assert [one["protocol"] for one in found["tried"]] == ["icmp", "tcp"]


def test_who_holds_ports_is_told_and_no_command_line(tmp_path: pathlib.Path) -> None:
    found = probe(tmp_path)
    held = {one["port"]: one for one in found["listeners"]}
    assert (found["targets"], found["latency"], sorted(held)) == ([], [], [80, 81, 9999])
    java = held[9999]
    assert (java["protocol"], sorted(java["addresses"]), java["jmx"]) == ("tcp", ["0.0.0.0", "::"], True)
    assert java["holders"] == [{"pid": 900, "name": "java.exe", "program": r"C:\SafeQ6\java.exe"}]
    assert held[80]["holders"] == [{"pid": 4, "name": "System", "program": ""}]
    assert held[81]["holders"] == [{"pid": 77, "name": "", "program": ""}]
    assert not any(one["ephemeral"] for one in held.values())
    assert "hunter2" not in json.dumps(found)
