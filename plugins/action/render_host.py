# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.plain import plain
from ansible_collections.printops.firewall.plugins.plugin_utils._render.folder import Update, folder_of
from ansible_collections.printops.firewall.plugins.plugin_utils._render.host import render_host, request_of


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _result, arguments = self.validate_argument_spec(
            {"folder": {"type": "str", "required": True}, "plan": {"type": "dict", "required": True}}
        )
        host = str((task_vars or {})["inventory_hostname"])
        try:
            folder = folder_of(host, base=str(arguments["folder"]))
            request = request_of(host, plan=plain(arguments["plan"]))
            update = Update.of(folder, render_host(request))
            before = _text(folder / "rules.txt")
            if not self._task.check_mode:
                update.make()
        except (PrintopsError, OSError) as error:
            raise AnsibleActionFail(f"render_host: {error}") from error
        rules = update.files["rules.txt"].content.decode().replace("\r\n", "\n")
        return {
            "changed": bool(update.written or update.removed),
            "folder": str(folder),
            "provider": request.provider,
            "lines": rules.splitlines(),
            "written": update.written,
            "removed": update.removed,
            "diff": {
                "before_header": f"{folder}/rules.txt",
                "after_header": f"{folder}/rules.txt",
                "before": before,
                "after": rules,
            },
        }


def _text(path: t.Any) -> str:
    return str(path.read_text(encoding="utf-8")) if path.exists() else ""
