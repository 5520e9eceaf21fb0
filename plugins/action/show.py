# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible import constants
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

display = Display()


def _is_structured(callback: str) -> bool:
    """Whether a program reads what the callback plugin writes to stdout, as C(ansible.posix.json) and C(jsonl) do."""
    return "json" in callback.rpartition(".")[2]


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _result, arguments = self.validate_argument_spec({"text": {"type": "str", "required": True}})
        lines = arguments["text"].splitlines()
        display.display("\n".join(["", *lines]), stderr=_is_structured(constants.DEFAULT_STDOUT_CALLBACK))
        return {"changed": False, "lines": lines}
