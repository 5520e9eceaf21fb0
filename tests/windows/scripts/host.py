# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that is a JSON file, on which the modules and the script of the scheduled task run in PowerShell 7."""

from __future__ import annotations

import json
import pathlib
import typing as t

import ansible.module_utils

from ..powershell.resident import Call, Done, run, run_alone

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
UTILS = CHECKOUT / "plugins" / "module_utils" / "_windows"
STANDIN = CHECKOUT / "tests" / "windows" / "standin" / "Firewall.psm1"
WINDOWS = UTILS / "Firewall.psm1"
MODEL = CHECKOUT / "tests" / "windows" / "model"
HERE = pathlib.Path(__file__).parent
GROUP = "printops.firewall"
TOKEN = "0123456789abcdef"  # noqa: S105  # of a change, and no secret

Record = dict[str, t.Any]
Answer = dict[str, t.Any]


def rule(name: str, **values: t.Any) -> Record:
    """As Windows has a rule: TCP port 443 from anywhere, of our group."""
    return {
        "name": name,
        "description": "",
        "enabled": True,
        "direction": "in",
        "action": "allow",
        "protocol": 6,
        "local_ports": "443",
        "remote_ports": "*",
        "local_addresses": "*",
        "remote_addresses": "*",
        "icmp_types": "",
        "profiles": 2147483647,
        "application": "",
        "service": "",
        "package": "",
        "interface_types": "All",
        "interfaces": "",
        "edge_traversal": False,
        "edge_traversal_options": 0,
        "local_user_owner": "",
        "local_users": "",
        "remote_users": "",
        "remote_machines": "",
        "secure_flags": 0,
        "grouping": GROUP,
        **values,
    }


def records(table: str) -> list[Record]:
    """The rules of a table as the module answers it, which names its columns first."""
    names, *rows = json.loads(table)
    return [dict(zip(names, row, strict=True)) for row in rows]


def lines(operations: t.Iterable[object]) -> str:
    """As the module takes operations: in JSON, a line each."""
    return "\n".join(map(json.dumps, operations))


def restore_files(windows: pathlib.Path = STANDIN) -> dict[str, str]:
    """What the action plugin sends, the stand-in in its place."""
    others = ("restore.ps1", "FirewallChange.psm1", "FirewallPending.psm1")
    return {path.name: path.read_text() for path in (windows, *(UTILS / name for name in others))}


class Host:
    """Modules are called by the last word of their name; what they raise beside their answer is an error here.

    What touches Windows is the stand-in, or on_model the file itself, on a model of what it asks of Windows.
    """

    def __init__(self, folder: pathlib.Path, *, on_model: bool = False) -> None:
        self.folder = folder
        self.on_model = on_model
        self.windows = WINDOWS if on_model else STANDIN
        self.file = folder / "standin.json"
        self.state = folder / "standin.json.state"
        self.put()

    def put(self, **keys: t.Any) -> None:
        """Give the file keys, beside those that it has."""
        self.file.write_text(json.dumps({**self.data(), **keys}))

    def data(self) -> dict[str, t.Any]:
        kept: dict[str, t.Any] = {"rules": [], "connections": [], "task": None}
        if self.file.exists():
            kept = json.loads(self.file.read_text(encoding="utf-8"))
        return kept

    def rules(self, group: str = GROUP) -> list[Record]:
        return [record for record in self.data()["rules"] if record["grouping"] == group]

    def names(self) -> list[str]:
        return [record["name"] for record in self.rules()]

    def profile(self, name: str) -> dict[str, t.Any]:
        profiles = self.data().get("policy", {}).get("profiles", {})
        return {"enabled": True, "default_inbound": "block", "default_outbound": "allow", **profiles.get(name, {})}

    def run(self, *calls: tuple[str, dict[str, t.Any]], check: bool = False, alone: bool = False) -> list[Answer]:
        """The answers of calls of one process, one after another. Alone, that process may end."""
        ansible_utils = pathlib.Path(ansible.module_utils.__path__[0])
        work = {
            "add_type": str(ansible_utils / "powershell" / "Ansible.ModuleUtils.AddType.psm1"),
            "basic": str(ansible_utils / "csharp" / "Ansible.Basic.cs"),
            "utils": [
                str(UTILS / "FirewallPending.psm1"),
                str(UTILS / "FirewallChange.psm1"),
                str(self.windows),
            ],
            "model": str(MODEL / "WindowsModel.psm1") if self.on_model else "",
            "calls": [
                {
                    "module": str(CHECKOUT / "plugins" / "modules" / f"windows_defender_{module}.ps1"),
                    "arguments": {"_ansible_check_mode": check, "_ansible_module_name": module, **arguments},
                }
                for module, arguments in calls
            ],
            "answers": str(self.folder / "answers.json"),
        }
        path = self.folder / "work.json"
        path.write_text(json.dumps(work))
        done = self.powershell(HERE / "harness.ps1", str(path), alone=alone)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return [_answer(raw) for raw in json.loads((self.folder / "answers.json").read_text(encoding="utf-8"))]

    def call(self, module: str, *, check: bool = False, **arguments: t.Any) -> Answer:
        (answer,) = self.run((module, arguments), check=check)
        return answer

    def read(self, **arguments: t.Any) -> Answer:
        return self.call("info", group=GROUP, **arguments)

    def change(self, operations: t.Iterable[object], *, check: bool = False, **arguments: t.Any) -> Answer:
        """Of the state that the host is in."""
        given = {"group": GROUP, "state_id": self.read()["state_id"], "operations": lines(operations), **arguments}
        return self.call("change", check=check, **given)

    def armed(self, operations: t.Iterable[object], *, seconds: int = 60, **arguments: t.Any) -> Answer:
        """Change so that the host takes it back after the seconds."""
        return self.change(
            operations, token=TOKEN, confirm_timeout=seconds, restore_files=self.restore_files(), **arguments
        )

    def restore_files(self) -> dict[str, str]:
        return restore_files(self.windows)

    def pending(self, want: str, token: str = TOKEN) -> Answer:
        return self.call("pending", token=token, want=want)

    def run_task(self, *, alone: bool = False) -> Done:
        """What the scheduler does, with the task that the host has."""
        task = self.data()["task"]["path"]
        if self.on_model:
            return self.powershell(MODEL / "with_model.ps1", task, alone=alone)
        return self.powershell(pathlib.Path(task), alone=alone)

    def expire(self) -> None:
        """Let the time pass within which the change that waits can be confirmed."""
        path = self.state / "snapshot.json"
        facts, *rules = path.read_text(encoding="utf-8").split("\n")
        past = {**json.loads(facts), "until": 1}
        path.write_text("\n".join([json.dumps(past), *rules]), encoding="utf-8")

    def powershell(self, script: pathlib.Path, *words: str, alone: bool = False, **environment: str) -> Done:
        """Run a script over the host; alone, in a process of its own."""
        variables = {"HOME": str(self.folder), "PRINTOPS_STANDIN": str(self.file), **environment}
        call = Call(folder=self.folder, file=script, words=words, environment=variables)
        return run_alone(call) if alone else run(call)


def _answer(raw: Answer) -> Answer:
    """What a module wrote, with its exit code; it writes nothing else, and raises nothing."""
    assert raw["problems"] == [], raw
    assert raw["printed"] == [], raw
    answer: Answer = json.loads(raw["written"])
    assert raw["rc"] == (1 if answer.get("failed") else 0), raw
    return answer
