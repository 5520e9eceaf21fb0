# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rendered folder for a host of the tests, and its scripts run there."""

from __future__ import annotations

import json
import time
import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._render.folder import Update
from ansible_collections.printops.firewall.plugins.plugin_utils._render.host import render_host, request_of
from ansible_collections.printops.firewall.plugins.plugin_utils._render.model import File
from ansible_collections.printops.firewall.plugins.plugin_utils._windows.record import Record

from ..powershell.resident import Done
from .host import STANDIN, Host, rule

HTTPS: dict[str, t.Any] = {
    "direction": "in",
    "protocol": "tcp",
    "ports": ["443", "5014-5019"],
    "remotes": ["10.1.0.0/24", "10.2.0.7/32", "2001:db8::/64"],
    "flows": ["safeq6/management/1"],
}
PING: dict[str, t.Any] = {
    "direction": "in",
    "protocol": "icmp",
    "icmp_types": ["echo-request"],
    "remotes": ["10.1.0.0/24", "2001:db8::/64"],
    "flows": ["safeq6/management/2"],
}
OPTIONS: dict[str, t.Any] = {
    "management": ["198.51.100.0/28"],
    "keep_connection": True,
    "foreign_rules": "report",
    "start": True,
    "profiles": ["any"],
    "default_inbound": "keep",
    "egress_extra": [],
    "egress_dns": [],
    "egress_time": [],
}
FOREIGN = [rule("theirs", grouping="", local_ports="8443"), rule("off", grouping="x", enabled=False)]


class Folder:
    """A rendered folder on a host, the stand-in in the place of what touches Windows."""

    def __init__(self, host: Host, *rules: dict[str, t.Any], **options: t.Any) -> None:
        self.host = host
        self.path = host.folder / "for-review"
        plan = {"provider": "windows_defender", "addresses": ["127.0.0.1"], "egress": "allow", "rules": list(rules)}
        files = render_host(request_of("h", plan={**plan, **OPTIONS, **options}))
        _facts, *lines = files["rules.jsonl"].content.splitlines()
        self.records = [Record(**json.loads(line)["record"]) for line in lines]
        self.names = [record.name for record in self.records]
        Update.of(self.path, {**files, "lib/Firewall.psm1": File(STANDIN.read_bytes())}).make()

    def run(self, script: str, *words: str, alone: bool = False, **environment: str) -> Done:
        return self.host.powershell(self.path / f"{script}.ps1", *words, alone=alone, **environment)

    def kept(self, script: str) -> str:
        """What the script says, which changes the host and whose change is kept at once."""
        done = self.run(script, "-ConfirmTimeout", "0")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def changes(text: str) -> list[str]:
    return [line for line in text.splitlines() if line[:1] in ("+", "-")]


def wait_for(condition: t.Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)
