# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.plain import plain
from ansible_collections.printops.firewall.plugins.plugin_utils._report.folder import Update
from ansible_collections.printops.firewall.plugins.plugin_utils._report.make import make_report
from ansible_collections.printops.firewall.plugins.plugin_utils._report.question import USUAL_FORMS, read_question

TEXTS = (
    "approved_plan",
    "evidence",
    "readiness",
    "owner",
    "data_class",
    "valid_from",
    "review_by",
    "reference",
)


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _result, arguments = self.validate_argument_spec(
            {
                "folder": {"type": "str", "required": True},
                "plan": {"type": "raw", "required": True},
                "forms": {"type": "list", "elements": "str", "default": list(USUAL_FORMS)},
                "zones": {"type": "dict", "default": {}},
                **{name: {"type": "str"} for name in TEXTS},
            }
        )
        given = plain(arguments)
        folder = str(given.pop("folder"))
        try:
            report = make_report(read_question(**given))
            update = Update.of(folder, report.files)
            if not self._task.check_mode:
                update.make()
        except (PrintopsError, OSError) as error:
            raise AnsibleActionFail(f"report: {error}") from error
        return {
            "changed": bool(update.written or update.removed),
            "folder": folder,
            "files": sorted(report.files),
            "written": update.written,
            "removed": update.removed,
            "lines": report.lines,
        }
