# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gathering tasks of C(preinstall_server) register, in the shapes that their modules document.

Linux: as recorded on a machine of the lab, shortened. Windows: from the RETURN documentation of the modules; the test
of the shapes compares the keys with it. A change replaces a probe: C(linux(listeners=listening(("nginx", 80))))
"""

from __future__ import annotations

import base64
import json
import typing as t

AT = "2026-03-31T12:00:00Z"

Result = dict[str, t.Any]
OK: Result = {"changed": False, "failed": False, "failed_when_result": False}


def broken(message: str) -> Result:
    """A module that failed under C(failed_when: false)."""
    return {**OK, "msg": message}


def socket(process: str, port: int, *, protocol: str = "tcp", address: str = "0.0.0.0", pid: int = 812) -> Result:
    return {
        "address": address,
        "name": process,
        "pid": pid,
        "port": port,
        "protocol": protocol,
        "stime": "Tue Mar 31 09:00:00 2026",
        "user": "root",
    }


def listening(*sockets: Result) -> Result:
    return {
        **OK,
        "ansible_facts": {
            "tcp_listen": [one for one in sockets if one["protocol"] == "tcp"],
            "udp_listen": [one for one in sockets if one["protocol"] == "udp"],
        },
    }


SSHD = socket("sshd", 22)


def unit(name: str, *, state: str = "running", status: str = "enabled") -> Result:
    return {"name": name, "source": "systemd", "state": state, "status": status}


def units(*services: Result) -> Result:
    return {**OK, "ansible_facts": {"services": {one["name"]: one for one in services}}}


def service(name: str, title: str, *, state: str = "started", start_mode: str = "auto") -> Result:
    return {"name": name, "display_name": title, "state": state, "start_mode": start_mode, "path": "C:\\x.exe"}


def services(*found: Result) -> Result:
    return {**OK, "exists": bool(found), "services": list(found)}


def command(stdout: str, *, rc: int = 0, stderr: str = "", cmd: t.Sequence[str] = ("true",)) -> Result:
    return {**OK, "cmd": list(cmd), "rc": rc, "stdout": stdout, "stderr": stderr, "msg": ""}


NO_COMMAND: Result = {
    **OK,
    "cmd": "smbclient",
    "msg": "Error executing command: [Errno 2] No such file or directory: b'smbclient'",
    "rc": 2,
    "stderr": "",
    "stdout": "",
}


def interfaces(*addresses: tuple[str, bool]) -> Result:
    """Output of C(ip -json address show); the truth value tells whether the address is leased."""
    info = [
        {
            "family": "inet6" if ":" in text else "inet",
            "local": text,
            "scope": "global",
            **({"dynamic": True} if leased else {}),
        }
        for text, leased in addresses
    ]
    loopback = {"ifname": "lo", "addr_info": [{"family": "inet", "local": "127.0.0.1", "scope": "host"}]}
    return command(
        json.dumps([loopback, {"ifname": "host0", "addr_info": info}]), cmd=("ip", "-json", "address", "show")
    )


def forward(name: str, *addresses: str) -> Result:
    """C(getent) with the database C(ahosts): each address once for each kind of socket."""
    known = {address: [["STREAM", name], ["DGRAM"], ["RAW"]] for address in addresses}
    return {**OK, "ansible_facts": {"getent_ahosts": known or {name: None}}}


def reverse(**names: t.Sequence[str]) -> Result:
    """C(getent) with the database C(hosts), one result an address; underscores stand for dots."""
    results = []
    for key, found in names.items():
        address = key.strip("_").replace("_", ".")
        results.append({**OK, "item": address, "ansible_facts": {"getent_hosts": {address: list(found) or None}}})
    return {"changed": False, "msg": "All items completed", "results": results}


def linux_facts(**changed: t.Any) -> Result:
    facts = {
        "ansible_fqdn": "cml1.example",
        "ansible_hostname": "cml1",
        "ansible_processor_vcpus": 4,
        "ansible_memtotal_mb": 16000,
        "ansible_pkg_mgr": "apt",
        "ansible_effective_user_id": 0,
        "ansible_user_id": "root",
    }
    return {**OK, "ansible_facts": {**facts, **changed}}


def df(*mounted: tuple[str, int]) -> Result:
    """Mount points with their free megabytes."""
    lines = [f"/dev/vda {2 * free} {free} {free} 50% {path}" for path, free in mounted]
    return command("\n".join(["Filesystem 1048576-blocks Used Available Capacity Mounted on", *lines]), cmd=("df",))


def packages(**versions: str) -> Result:
    return {
        **OK,
        "ansible_facts": {
            "packages": {
                name: [{"name": name, "version": version, "arch": "amd64", "source": "apt"}]
                for name, version in versions.items()
            }
        },
    }


def clamd(text: str | None) -> Result:
    """C(slurp) over the two places of the configuration; it is at the second of them, or at none."""
    missing = {**OK, "item": "/etc/clamav/clamd.conf", "msg": "file not found: /etc/clamav/clamd.conf"}
    if text is None:
        return {"changed": False, "msg": "All items completed", "results": [missing, missing]}
    content = {
        "content": base64.b64encode(text.encode()).decode(),
        "encoding": "base64",
        "source": "/etc/clamd.d/scan.conf",
    }
    return {"changed": False, "msg": "All items completed", "results": [missing, {**OK, **content}]}


APT = ("apt-get", "--simulate", "dist-upgrade")
NOTHING_TO_UPGRADE = "0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded."
SECURITY_UPGRADE = """\
Inst libc6 [2.36-9+deb12u4] (2.36-9+deb12u9 Debian-Security:12/stable-security [amd64])
Inst vim [2:9.0.1378-1] (2:9.0.1378-2 Debian:12.9/stable [amd64])
Conf libc6 (2.36-9+deb12u9 Debian-Security:12/stable-security [amd64])
"""
SECURITY_LISTS = [
    {
        "path": "/var/lib/apt/lists/mirror.example_debian-security_dists_bookworm-security_InRelease",
        "mtime": 1774828800.0,
    }
]


def linux(**changed: t.Any) -> Result:
    """A server of Linux with nothing wrong; a probe that is None was not gathered."""
    observed: Result = {
        "platform": "linux",
        "at": AT,
        "facts": linux_facts(),
        "listeners": listening(SSHD),
        "services": units(unit("ssh.service")),
        "packages": packages(**{"firefox-esr": "128.3.0esr-1~deb12u1", "base-files": "12.4"}),
        "addresses": interfaces(("192.0.2.10", False)),
        "forward": forward("cml1.example", "192.0.2.10"),
        "reverse": reverse(_192_0_2_10=["cml1.example"]),
        "updates": command(NOTHING_TO_UPGRADE, cmd=APT),
        "update_lists": {**OK, "files": SECURITY_LISTS, "matched": 1, "examined": 1},
        "file_systems": df(("/", 50_000), ("/srv", 200_000), ("/run/user/a b", 1)),
        "restart": {**OK, "stat": {"exists": False}},
        "share_port": {**OK, "elapsed": 0, "state": "started", "port": 445},
        "share": command("  .   D   0\n", cmd=("smbclient",)),
    }
    return {**observed, **changed}


def powershell(**result: t.Any) -> Result:
    return {**OK, "result": result, "output": [], "error": [], "host_out": "", "host_err": ""}


PROGRAMS = [
    {"name": "Mozilla Firefox (x64 en-US)", "version": "128.3.0"},
    {"name": "VMware Tools", "version": "12.3.5.22544099"},
]


def features(**installed: bool) -> Result:
    """Features by name; underscores stand for hyphens."""
    found = [
        {"name": name.replace("_", "-"), "installed": there, "install_state": "Installed" if there else "Available"}
        for name, there in installed.items()
    ]
    return {**OK, "exists": True, "features": found}


def whoami(
    *, attributes: t.Sequence[str] = ("Mandatory", "Enabled by default", "Enabled"), label: int = 12288
) -> Result:
    return {
        **OK,
        "account": {
            "domain_name": "CML1",
            "account_name": "Administrator",
            "sid": "S-1-5-21-1-2-3-500",
            "type": "User",
        },
        "groups": [
            {"account_name": "Users", "domain_name": "BUILTIN", "attributes": ["Enabled"], "sid": "S-1-5-32-545"},
            {
                "account_name": "Administrators",
                "domain_name": "BUILTIN",
                "attributes": list(attributes),
                "sid": "S-1-5-32-544",
                "type": "Alias",
            },
        ],
        "label": {
            "account_name": "High Mandatory Level" if label >= 12288 else "Medium Mandatory Level",
            "domain_name": "Mandatory Label",
            "sid": f"S-1-16-{label}",
            "type": "Label",
        },
    }


def disks(*volumes: tuple[str, int]) -> Result:
    """Volumes by drive letter with their free megabytes; one partition has no letter."""
    partitions = [{"number": 1, "volumes": [{"size": 838856704, "size_remaining": 395620352}]}] + [
        {
            "number": number,
            "drive_letter": letter,
            "volumes": [{"size": 2 * free * 1024 * 1024, "size_remaining": free * 1024 * 1024}],
        }
        for number, (letter, free) in enumerate(volumes, start=2)
    ]
    return {**OK, "ansible_facts": {"ansible_disks": [{"number": 0, "partitions": partitions}]}}


def searched(*titles: str, reboot: bool = False) -> Result:
    updates = {
        f"id-{number}": {
            "id": f"id-{number}",
            "title": title,
            "kb": ["3004365"],
            "installed": False,
            "downloaded": False,
            "categories": ["Security Updates"],
        }
        for number, title in enumerate(titles)
    }
    return {
        **OK,
        "updates": updates,
        "filtered_updates": {},
        "reboot_required": reboot,
        "found_update_count": len(titles),
    }


def msi(version: str) -> Result:
    parts = version.split(".")
    return {
        **OK,
        "win_file_version": {
            "file_major_part": parts[0],
            "file_minor_part": parts[1],
            "file_build_part": parts[2],
            "file_private_part": parts[3],
            "file_version": version,
            "file_version_raw": version,
            "product_version": version,
            "path": "C:\\Windows\\System32\\msi.dll",
        },
    }


def windows_facts(**changed: t.Any) -> Result:
    facts = {
        "ansible_fqdn": "cml1.example",
        "ansible_hostname": "CML1",
        "ansible_processor_vcpus": 8,
        "ansible_memtotal_mb": 32768,
        "ansible_reboot_pending": False,
    }
    return {**OK, "ansible_facts": {**facts, **changed}}


DEFENDER_SERVICE = service("WinDefend", "Microsoft Defender Antivirus Service")


def windows(**changed: t.Any) -> Result:
    """A server of Windows with nothing wrong; a probe that is None was not gathered."""
    observed: Result = {
        "platform": "windows",
        "at": AT,
        "facts": windows_facts(),
        "listeners": listening(socket("svchost.exe", 135), socket("System", 5985, pid=4)),
        "services": services(service("WinRM", "Windows Remote Management (WS-Management)"), DEFENDER_SERVICE),
        "features": features(Web_Server=False, Print_Server=False, Print_LPD_Service=False),
        "installer": msi("5.0.20348.1"),
        "programs": powershell(programs=PROGRAMS),
        "explorer": {"changed": False, "exists": True, "type": "REG_SZ", "value": "11.1.20348.0", "raw_value": "11.1"},
        "addresses": powershell(addresses=[{"address": "192.0.2.10", "origin": "Manual"}]),
        "names": powershell(forward=["192.0.2.10"], reverse={"192.0.2.10": ["cml1.example"]}),
        "disks": disks(("C", 100_000), ("D", 400_000)),
        "defender": powershell(real_time=True, paths=["C:\\SafeQ5", "D:\\spool"]),
        "updates": searched(),
        "whoami": whoami(),
        "share": {**OK, "stat": {"exists": True, "isdir": True, "path": "\\\\files.example\\safeq"}},
    }
    return {**observed, **changed}
