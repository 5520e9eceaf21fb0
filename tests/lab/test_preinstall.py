# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""preinstall.yml over real servers: clean ones, the same ones with faults planted, and one that nobody reaches."""

from __future__ import annotations

import copy
import json
import pathlib
import typing as t

import pytest
import yaml

from .conftest import Lab
from .probes.playbooks import CHECKOUT, Played, play_file
from .services.machine import ADDRESS, HOST, listening, put, start_unit, succeed

BOOK = CHECKOUT / "playbooks" / "preinstall.yml"
PASSWORD = "Zimni-Kralik-77"  # noqa: S105 - of the lab
SHARE = f"\\\\{ADDRESS}\\install\\safeq 5"
TODAY = "2026-01-01"

SMB = """\
[global]
server role = standalone server
disable netbios = yes
smb ports = 445
[install]
path = /srv/install
valid users = installer
read only = yes
"""
DNS = (
    "dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --local=/test/"
    f" --host-record=cml1.example.test,{ADDRESS} --host-record=mgmt1.example.test,198.18.0.11,2001:db8::11"
    " --host-record=moved.example.test,198.18.9.77"
)
RESOLVER = f"rm -f /etc/resolv.conf; echo nameserver {ADDRESS} >/etc/resolv.conf"
SERVE = "systemd-run --quiet --unit=planted-{port} python3 -m http.server {port}"

INVENTORY: dict[str, t.Any] = {
    "all": {
        "hosts": {
            "mgmt1": {
                "ansible_host": "198.18.0.11",
                "printops_addresses": ["198.18.0.11", "2001:db8::11"],
                "preinstall_server_name": "mgmt1.example.test",
            },
            "cml1": {
                "ansible_host": ADDRESS,
                "preinstall_server_name": "cml1.example.test",
                "preinstall_server_share": SHARE,
                "preinstall_server_share_user": "installer",
                "preinstall_server_share_password": PASSWORD,
                "preinstall_server_software": [{"name": "*", "reference": "image of the lab"}],
            },
            "printer": {"ansible_host": "198.18.21.20"},
        },
        "children": {
            "safeq6_management": {"hosts": {"mgmt1": None}},
            "safeq5_cml": {"hosts": {"cml1": None}},
            "safeq6_mfd_ricoh": {"hosts": {"printer": None}},
        },
        "vars": {
            "ansible_python_interpreter": "/usr/bin/python3",
            "printops_networks": {"user": ["198.18.31.0/24"]},
            "preinstall_database_engine": "embedded",
            "preinstall_server_thresholds": {
                "cpus": 1,
                "memory_mb": 64,
                "disk_free_mb": {"/srv": 1},
                "source": "the lab",
            },
        },
    }
}

EVERYWHERE = {
    **dict.fromkeys(("1", "5", "7", "9", "10", "12"), "pass"),
    **dict.fromkeys(("2", "11"), "not_applicable"),
    "3": "signed",
    "8": "could_not_check",
}
CLEAN = {
    "cml1": {**EVERYWHERE, "4": "pass", "6": "pass", "13": "pass"},
    "mgmt1": {**EVERYWHERE, "4": "signed", "6": "needs_attestation", "13": "not_applicable"},
}
FIRST_LINK = "ip -oneline address show to 198.18.0.11 | awk '{print $2}'"
PLANTED: dict[str, tuple[str, ...]] = {
    HOST: (
        "systemctl start nginx postgresql cups.service cups-lpd.socket",
        listening(80, 5432, 515),
        "sed -i 's/^.install.$/[other]/' /etc/samba/smb.conf; systemctl restart smbd",
        listening(445),
        "touch /run/reboot-required",
    ),
    "mgmt1": (
        SERVE.format(port=80),
        listening(80),
        f'ip address change 198.18.0.11/15 dev "$({FIRST_LINK})" valid_lft 7200 preferred_lft 7200',
        "echo 'nameserver 127.0.0.1' >/etc/resolv.conf",
    ),
}
FOUND = [
    ("cml1", "1", "nginx listens on TCP 80"),
    ("cml1", "6", "the server has no share of this name"),
    ("cml1", "8", "a restart is pending"),
    ("cml1", "7", "MB of memory of 99999999 (the lab)"),
    ("cml1", "10", "CUPS, PostgreSQL"),
    ("cml1", "10", "nginx on 80/tcp"),
    ("cml1", "13", "systemd is there, beside the print server"),
    ("mgmt1", "1", "python3 listens on TCP 80"),
    ("mgmt1", "3", "none of firefox 128.0 or newer is installed"),
    ("mgmt1", "4", "programs not agreed: adduser, apt,"),
    ("mgmt1", "5", "198.18.0.11 is leased"),
    ("mgmt1", "5", "DNS does not know mgmt1.example.test"),
    ("mgmt1", "10", "python3 on 80/tcp"),
    ("ors1", "12", "planner is not root"),
]

Report = dict[str, t.Any]


class Run(t.NamedTuple):
    """What the playbook said, and the report that it wrote."""

    played: Played
    report: Report
    page: str


class Runs(t.NamedTuple):
    """Three runs, and what of the first can be seen on the servers afterwards."""

    clean: Run
    planted: Run
    forgiven: Run
    unchanged: bool
    processes: str


def preinstall(lab: Lab, folder: pathlib.Path, inventory: t.Mapping[str, t.Any], *options: str) -> Run:
    folder.mkdir()
    file = folder / "hosts.json"
    file.write_text(json.dumps(inventory), encoding="utf-8")
    where = ("--inventory", str(file), "--extra-vars", f"preinstall_report_folder={folder}/report")
    played = play_file(lab, BOOK, *where, *options)
    made = {name: folder / "report" / f"readiness.{name}" for name in ("json", "html")}
    texts = {name: path.read_text(encoding="utf-8") if path.is_file() else "" for name, path in made.items()}
    return Run(played, json.loads(texts["json"] or "{}"), texts["html"])


def signatures(folder: pathlib.Path, *entries: tuple[str, list[str], str]) -> str:
    """A file of attestations; each is an item, hosts, and the last day."""
    document = {
        "format": "printops.firewall/attestations/1",
        "attestations": [
            {"item": item, "hosts": hosts, "by": "Jana Nova", "on": TODAY, "until": until, "reference": "CHG-7"}
            for item, hosts, until in entries
        ],
    }
    file = folder / "signed.yml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return f"printops_attestations={file}"


def state_of(lab: Lab, host: str) -> str:
    """Checksums of what a run could change; logs, caches of name lookups and what a login writes are apart."""
    places = "/etc /srv /usr/local /opt /var/lib/dpkg /var/lib/apt /var/cache/apt /root"
    done = lab.enter(
        host, ["sh", "-ec", f"find {places} -type f -not -path '*/.ansible/*' -exec sha256sum {{}} + | sort"]
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def set_up(lab: Lab) -> None:
    lab.call("up", HOST)
    lab.reset("mgmt1", HOST)
    start_unit(lab, "lab-dns", DNS, ports=[53])
    put(lab, "/etc/samba/smb.conf", SMB)
    put(lab, "/srv/install/safeq 5/setup.txt", "what an installation would begin with\n")
    succeed(
        lab,
        f"""
        useradd --no-create-home installer
        printf '{PASSWORD}\\n{PASSWORD}\\n' | smbpasswd -s -a installer
        systemctl restart smbd
        {listening(445)}
        systemd-run --quiet --unit=watch sh -c 'while sleep 0.02; do ps axww -o args; done >/run/processes'
        """,
    )
    for host in ("mgmt1", HOST):
        assert lab.enter(host, ["sh", "-ec", RESOLVER]).returncode == 0
    assert lab.enter("mgmt1", ["useradd", "--create-home", "planner"]).returncode == 0


@pytest.fixture(name="runs", scope="module")
def runs_fixture(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Runs]:
    folder = tmp_path_factory.mktemp("preinstall")
    set_up(lab)
    before = [state_of(lab, host) for host in ("mgmt1", HOST)]
    valid = [("safeq5/server/3", [], "2099-12-31"), ("safeq5/server/4", ["mgmt1"], "2099-12-31")]
    expired = [("safeq5/server/3", ["cml1"], "2026-01-02")]
    clean = preinstall(lab, folder / "clean", INVENTORY, "-vvvv", "--extra-vars", signatures(folder, *valid))
    processes = succeed(lab, "systemctl stop watch; sort -u /run/processes")
    after = [state_of(lab, host) for host in ("mgmt1", HOST)]
    for host, commands in PLANTED.items():
        done = lab.enter(host, ["sh", "-ec", "\n".join(commands)])
        assert done.returncode == 0, done.stdout + done.stderr
    faulty = copy.deepcopy(INVENTORY)
    faulty["all"]["hosts"]["cml1"]["preinstall_server_thresholds"] = {"memory_mb": 99999999, "source": "the lab"}
    faulty["all"]["hosts"]["mgmt1"] |= {
        "preinstall_server_browsers": {"firefox": "128.0"},
        "preinstall_server_software": [{"name": "lib*"}],
    }
    faulty["all"]["hosts"]["gone"] = {"ansible_host": "198.18.9.98"}
    faulty["all"]["hosts"]["ors1"] = {
        "ansible_host": "198.18.0.11",
        "ansible_become": True,
        "ansible_become_method": "ansible.builtin.su",
        "ansible_become_user": "planner",
    }
    faulty["all"]["children"]["safeq5_ors"] = {"hosts": {"gone": None, "ors1": None}}
    planted = preinstall(lab, folder / "planted", faulty, "--extra-vars", signatures(folder, *expired))
    forgiven = preinstall(
        lab, folder / "forgiven", faulty, "--check", "--extra-vars", "preinstall_fail_on=none", "--limit", "cml1,mgmt1"
    )
    yield Runs(clean, planted, forgiven, before == after, processes)
    lab.reset("mgmt1", HOST)


def statuses(report: Report, host: str) -> dict[str, str]:
    """How the items of the document's list of servers end on a host."""
    return {
        entry["item"].rpartition("/")[2]: entry["status"]
        for entry in report["hosts"][host]["items"]
        if entry["item"].startswith("safeq5/server/")
    }


def test_clean_servers_are_ready(runs: Runs) -> None:
    report = runs.clean.report
    assert {host: statuses(report, host) for host in ("cml1", "mgmt1")} == CLEAN, runs.clean.played.text[-6000:]
    assert (report["ready"], report["failing"], report["unreached"]) == (True, [], [])
    assert runs.clean.played.status == 0


def test_a_printer_is_not_checked(runs: Runs) -> None:
    assert list(runs.clean.report["hosts"]) == ["cml1", "mgmt1"]


def test_nothing_on_the_servers_changes(runs: Runs) -> None:
    assert runs.unchanged


def test_the_password_is_nowhere(runs: Runs) -> None:
    assert "smbclient" in runs.processes
    for text in (runs.clean.played.text, runs.clean.page, json.dumps(runs.clean.report), runs.processes):
        assert PASSWORD not in text


def test_signatures_are_in_the_reports(runs: Runs) -> None:
    assert "signed by Jana Nova on 2026-01-01, until 2099-12-31, CHG-7" in runs.clean.page
    assert "Jana Nova" in runs.clean.played.text


@pytest.mark.parametrize(("host", "item", "what"), FOUND)
def test_what_was_planted_is_found_by_name(runs: Runs, host: str, item: str, what: str) -> None:
    (entry,) = [one for one in runs.planted.report["hosts"][host]["items"] if one["item"] == f"safeq5/server/{item}"]
    assert entry["status"] == "fail", entry
    assert what in entry["summary"]
    assert entry["evidence"]
    assert what.split()[0] in runs.planted.page


def test_servers_with_faults_are_not_ready(runs: Runs) -> None:
    assert runs.planted.played.status != 0
    assert not runs.planted.report["ready"]
    assert "NOT READY" in runs.planted.played.text
    assert {one["host"] for one in runs.planted.report["failing"]} == {"cml1", "mgmt1", "ors1"}


def test_an_expired_signature_leaves_its_item_open(runs: Runs) -> None:
    assert statuses(runs.planted.report, "cml1")["3"] == "needs_attestation"
    assert "the signature has expired" in " ".join(runs.planted.played.text.split())


def test_a_server_that_nobody_reaches_is_named(runs: Runs) -> None:
    assert runs.planted.report["unreached"] == ["gone"]
    reasons = {entry["reason"] for entry in runs.planted.report["hosts"]["gone"]["items"] if entry["area"] == "server"}
    assert any(reason.startswith("the host was not reached: ") for reason in reasons)
    assert "NOT REACHED: gone" in runs.planted.played.text


def test_check_mode_finds_the_same_and_none_fails_the_run(runs: Runs) -> None:
    assert runs.forgiven.played.status == 0, runs.forgiven.played.text[-3000:]
    for host in ("cml1", "mgmt1"):
        assert statuses(runs.forgiven.report, host) == statuses(runs.planted.report, host)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"preinstall_server_shares": "x"}, "host cml1: there is no variable preinstall_server_shares"),
        ({"preinstall_fail_on": "safeq5/server/14"}, "preinstall_fail_on is 'safeq5/server/14'"),
    ],
)
def test_mistakes_end_the_run_before_a_server_is_contacted(
    lab: Lab, tmp_path: pathlib.Path, change: dict[str, str], message: str
) -> None:
    wrong = copy.deepcopy(INVENTORY)
    wrong["all"]["hosts"]["cml1"] |= change
    wrong["all"]["vars"] |= {key: value for key, value in change.items() if key == "preinstall_fail_on"}
    run = preinstall(lab, tmp_path / "run", wrong)
    assert run.played.status != 0
    assert message in " ".join(run.played.text.split())
    assert "Gather facts" not in run.played.text


def test_an_attestation_of_no_item_ends_the_run(lab: Lab, tmp_path: pathlib.Path) -> None:
    unknown = signatures(tmp_path, ("safeq5/server/44", [], "2099-12-31"))
    run = preinstall(lab, tmp_path / "run", INVENTORY, "--extra-vars", unknown)
    assert run.played.status != 0
    assert "there is no item 'safeq5/server/44'" in " ".join(run.played.text.split())
    assert "Gather facts" not in run.played.text
