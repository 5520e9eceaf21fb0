# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import pathlib
import time
import typing as t

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: bench_times
type: stdout
short_description: Write how long the measured tasks of a playbook took
description:
  - Measured are the tasks whose name begins with C(Measure), from the start of the task to its result.
  - They are printed, and written as a list of C(task), C(seconds) and C(changed) when the playbook ends.
author:
  - The printops.firewall maintainers
options:
  times_file:
    description: Where the times are written as JSON.
    type: path
    required: true
    env:
      - name: PRINTOPS_BENCH_TIMES
"""

PREFIX = "Measure "


class CallbackModule(CallbackBase):  # type: ignore[misc]
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "bench_times"

    def __init__(self) -> None:
        super().__init__()
        self._started_at = 0.0
        self._times: list[dict[str, t.Any]] = []

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:  # noqa: ARG002
        self._started_at = time.perf_counter()

    def v2_runner_on_ok(self, result: t.Any) -> None:
        seconds = time.perf_counter() - self._started_at
        name = result.task.get_name()
        if name.startswith(PREFIX):
            changed = bool(result.result.get("changed"))
            self._times.append({"task": name.removeprefix(PREFIX), "seconds": seconds, "changed": changed})
            self._display.display(f"  {name.removeprefix(PREFIX):32} {seconds:8.3f} s{' changed' if changed else ''}")

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:  # noqa: ARG002
        self._show_failure(result)

    def v2_runner_item_on_failed(self, result: t.Any) -> None:
        self._show_failure(result)

    def v2_runner_on_unreachable(self, result: t.Any) -> None:
        self._show_failure(result)

    def v2_playbook_on_stats(self, stats: t.Any) -> None:  # noqa: ARG002
        pathlib.Path(self.get_option("times_file")).write_text(json.dumps(self._times), encoding="utf-8")

    def _show_failure(self, result: t.Any) -> None:
        text = self._dump_results(result.result, indent=2)
        self._display.display(f"{result.task.get_name()}: {text}", stderr=True)
