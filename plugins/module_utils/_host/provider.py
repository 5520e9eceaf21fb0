# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which firewalls a host has, and which of them to use."""

from __future__ import annotations

import pathlib
import re
import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.module_utils.basic import AnsibleModule

COMMANDS = {"firewalld": "firewall-cmd", "ufw": "ufw"}
UFW_CONF = pathlib.Path("/etc/ufw/ufw.conf")


def choose_provider(wanted: str, *, installed: t.Sequence[str], active: t.Sequence[str]) -> str:
    """The provider that C(wanted) means on a host with these firewalls.

    Raises C(ValueError) where that is not plain.
    """
    others = [provider for provider in active if provider != wanted]
    if wanted != "auto":
        if others:
            raise ValueError(
                f"printops_provider is {wanted}, and {' and '.join(others)} is active on this host: "
                "two firewalls would contradict each other; stop and disable the other one first"
            )
        return wanted
    for candidates in (active, installed):
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            raise ValueError(
                f"{' and '.join(candidates)} are both {'active' if candidates is active else 'installed'} "
                "on this host: say which one by printops_provider"
            )
    raise ValueError(
        "neither firewalld nor ufw is installed on this host: install one, or set printops_provider to the one "
        "you want and printops_install to true"
    )


def installed_and_active(module: AnsibleModule) -> t.Tuple[t.List[str], t.List[str]]:
    """The providers that are installed and not masked, or run although they are, and those whose rules are in force."""
    there = [provider for provider, command in COMMANDS.items() if module.get_bin_path(command)]
    active = [provider for provider in there if _is_active(module, provider)]
    return [one for one in there if one in active or boot_state(module, one) != "masked"], active


def boot_state(module: AnsibleModule, provider: str) -> str:
    """What C(systemctl is-enabled) says of it, such as C(enabled), C(disabled) or C(masked)."""
    return _unit_state(module, "is-enabled", provider)


def _unit_state(module: AnsibleModule, question: str, unit: str) -> str:
    systemctl = module.get_bin_path("systemctl")
    if not systemctl:
        return "unknown"
    _rc, out, _err = module.run_command([systemctl, question, f"{unit}.service"])
    return str(out).strip()


def _is_active(module: AnsibleModule, provider: str) -> bool:
    """ufw that somebody enabled by hand is in force though its unit was not started."""
    if provider == "ufw" and not _ufw_is_enabled():
        return False
    return _unit_state(module, "is-active", provider) == "active" or (provider == "ufw" and _ufw_is_loaded(module))


def _ufw_is_loaded(module: AnsibleModule) -> bool:
    iptables = module.get_bin_path("iptables")
    if not iptables:
        return False
    status, _out, _err = module.run_command([iptables, "-w", "5", "-S", "ufw-user-input"])
    return bool(status == 0)


def _ufw_is_enabled() -> bool:
    if not UFW_CONF.exists():
        return False
    return bool(re.search(r"^\s*ENABLED=[\"']?yes", UFW_CONF.read_text(encoding="utf-8"), flags=re.MULTILINE))
