# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import DocumentError, PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.files import replace_file
from ansible_collections.printops.firewall.plugins.plugin_utils._base.garbage import paused_garbage_collector
from ansible_collections.printops.firewall.plugins.plugin_utils._base.plain import plain
from ansible_collections.printops.firewall.plugins.plugin_utils._reader.catalog_document import answer, ask

OPTIONS: dict[str, dict[str, t.Any]] = {
    "document": {"type": "path", "required": True},
    "base": {"type": "list", "elements": "str", "default": []},
    "name": {"type": "str", "default": ""},
    "product": {"type": "str", "default": ""},
    "revision": {"type": "str", "default": ""},
    "title": {"type": "str", "default": ""},
    "date": {"type": "str", "default": ""},
    "draft": {"type": "path"},
    "json": {"type": "path"},
    "markdown": {"type": "path"},
    "replace": {"type": "bool", "default": False},
}
OUTPUTS = ("draft", "json", "markdown")


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _result, arguments = self.validate_argument_spec(OPTIONS)
        given = {name: plain(arguments[name]) for name in OPTIONS}
        outputs = {name: pathlib.Path(given.pop(name)) for name in OUTPUTS if given[name] is not None}
        given = {name: value for name, value in given.items() if name not in OUTPUTS}
        replace = given.pop("replace")
        try:
            with paused_garbage_collector():
                found = answer(ask(**given, folder=str(pathlib.Path.cwd())))
                text = found.text()
                texts = {name: getattr(found, name)() for name in outputs}
            stale = [name for name, path in outputs.items() if _is_stale(path, texts[name])]
            if "draft" in stale and outputs["draft"].exists() and not replace:
                raise DocumentError(
                    f"{outputs['draft']} is there already and differs, perhaps by your answers; "
                    "give another file, or take it away"
                )
            if not self._task.check_mode:
                for name in stale:
                    replace_file(outputs[name], texts[name].encode())
        except (PrintopsError, OSError) as error:
            raise AnsibleActionFail(f"printops.firewall.catalog_document: {error}") from error
        return {
            "changed": bool(stale),
            "text": text,
            "counts": dict(found.counts),
            "written": [str(outputs[name]) for name in stale],
        }


def _is_stale(path: pathlib.Path, text: str) -> bool:
    if not path.is_absolute():
        raise DocumentError(f"{path} must be an absolute path")
    return not path.exists() or path.read_bytes() != text.encode()
