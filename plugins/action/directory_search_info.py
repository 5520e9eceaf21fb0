# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.directory.entries import reduced

SEARCH = "community.general.ldap_search"


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        arguments = {**self._task.args, "base64_attributes": ["*"]}
        plain = arguments.pop("plain", None) or []
        answer = self._execute_module(module_name=SEARCH, module_args=arguments, task_vars=task_vars)
        # Ansible shows what is called "results" of a task with no_log, taking it for those of a loop.
        found = answer.pop("results", None)
        answer.pop("invocation", None)
        if isinstance(found, list) and not answer.get("failed"):
            key = str(arguments.get("bind_pw") or "").encode()
            return {"changed": False, "entries": reduced(found, plain=plain, key=key)}
        return {**answer, "failed": True, "changed": False}
