# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import cause, each_of
from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import count

display = Display()

ARGUMENTS = {"text": {"type": "str"}, "variable": {"type": "str"}}


def _is_structured(callback: str) -> bool:
    """Whether a program reads what the callback plugin writes to stdout, as C(ansible.posix.json) and C(jsonl) do."""
    return "json" in callback.rpartition(".")[2]


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _result, arguments = self.validate_argument_spec(
            ARGUMENTS, mutually_exclusive=[list(ARGUMENTS)], required_one_of=[list(ARGUMENTS)]
        )
        variable = arguments["variable"]
        text = arguments["text"] if variable is None else self._value(variable, task_vars or {})
        lines = str(text).splitlines()
        if lines:
            _print(lines)
        return {"changed": False, "lines": lines}

    def _value(self, variable: str, task_vars: dict[str, t.Any]) -> t.Any:
        """The variable's value; what its templates find wrong is told here, since Ansible would tell it thrice."""
        if variable not in task_vars:
            raise AnsibleActionFail(f"there is no variable {variable}")
        try:
            return self._templar.template(task_vars[variable])
        except Exception as error:
            mistake = cause(error)
            if mistake is None:
                raise
            told = [line for one in each_of(mistake) for line in str(one).splitlines()]
            _print(told)
            raise AnsibleActionFail(f"{count(len(each_of(mistake)), 'mistake')}, told above") from None


def _print(lines: t.Sequence[str]) -> None:
    display.display("\n".join(["", *lines]), stderr=_is_structured(constants.DEFAULT_STDOUT_CALLBACK))
