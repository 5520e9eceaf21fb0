# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests use of ansible-core that its release 2.18 does not have yet."""

from __future__ import annotations

import contextlib
import json
import typing as t
from unittest import mock

import ansible.template
from ansible.module_utils import basic

__all__ = ["patch_module_args", "trust_as_template"]

trust_as_template: t.Callable[[str], str] = getattr(ansible.template, "trust_as_template", str)
"""A text that is a template. Before 2.19 every text is one."""

try:
    from ansible.module_utils.testing import patch_module_args
except ImportError:

    @contextlib.contextmanager
    def patch_module_args(args: dict[str, t.Any] | None = None) -> t.Iterator[None]:
        """The arguments of the modules that are made in this context."""
        given = json.dumps({"ANSIBLE_MODULE_ARGS": args or {}}).encode()
        with mock.patch.object(basic, "_ANSIBLE_ARGS", given):
            yield
