# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.network.clock_offset import (
    POSIX_COMMAND,
    POWERSHELL_SCRIPT,
    ClockError,
    Exchange,
    best,
    parse_reading,
)


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _result, arguments = self.validate_argument_spec({"exchanges": {"type": "int", "default": 4}})
        if arguments["exchanges"] < 1:
            raise AnsibleActionFail(f"clock_info: exchanges is {arguments['exchanges']}, and must be at least 1")
        command = self._command()
        try:
            found = best([self._exchange(command) for _count in range(arguments["exchanges"])])
        except ClockError as error:
            return {"changed": False, "failed": True, "msg": f"clock_info: {error}"}
        return {
            "changed": False,
            "offset_s": round(found.offset_s, 6),
            "uncertainty_s": round(found.uncertainty_s, 6),
            "remote_s": found.remote,
        }

    def _command(self) -> str:
        shell = self._connection._shell
        # Encoded as the shell's own commands are, which each Windows connection takes without starting a second one.
        return shell._encode_script(POWERSHELL_SCRIPT) if shell.SHELL_FAMILY == "powershell" else POSIX_COMMAND

    def _exchange(self, command: str) -> Exchange:
        sent = time.time()
        said = self._low_level_execute_command(command, sudoable=False)
        received = time.time()
        if said["rc"] != 0:
            raise ClockError(f"reading the host's clock ended with {said['rc']}: {said['stderr'].strip()}")
        return Exchange(sent=sent, received=received, remote=parse_reading(said["stdout"]))
