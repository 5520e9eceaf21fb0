# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""One host's part of the plan as files for its own administrator."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import RenderError
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.enforcement import NAMES

from .linux import render_linux
from .model import File, Request
from .windows import render_windows

OPTIONS = tuple(name for name in NAMES if name not in ("install", "confirm_timeout"))

_RENDERERS: dict[str, t.Callable[[Request], dict[str, File]]] = {
    "firewalld": render_linux,
    "ufw": render_linux,
    "windows_defender": render_windows,
}


def request_of(host: str, *, plan: t.Mapping[str, t.Any]) -> Request:
    """The host's part of the plan with the options of its module, those that it does not say as a role has them.

    Raises C(RenderError) where the plan does not say which firewall the host has.
    """
    provider = plan.get("provider")
    if provider not in _RENDERERS:
        raise RenderError(
            f"host {host}: printops_provider is {provider!r}, and nobody asks the host which firewall it has; "
            f"set it to one of {', '.join(_RENDERERS)}"
        )
    return Request(
        host=host,
        provider=str(provider),
        addresses=plan["addresses"],
        rules=plan["rules"],
        options={
            "start": provider != "windows_defender",
            "profiles": ["any"],
            "default_inbound": "keep",
            **{name: plan[name] for name in OPTIONS if name in plan},
        },
    )


def render_host(request: Request) -> dict[str, File]:
    """The files by their names, relative to the folder of the host; raises C(RenderError)."""
    return _RENDERERS[request.provider](request)
