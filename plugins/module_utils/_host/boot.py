# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What at the next boot overrules that the unit of a firewall is enabled."""

from __future__ import annotations

import contextlib
import pathlib
import re
import typing as t

Run = t.Callable[[t.List[str]], t.Tuple[int, str, str]]

OTHERS = ("firewalld", "ufw", "nftables", "netfilter-persistent", "iptables", "ip6tables", "shorewall", "shorewall6")
"""Units that load rules of their own at boot."""
_UFW_CONF = "etc/ufw/ufw.conf"
_DECISIVE = re.compile(r"(?m)^\s*(ExecStart|Condition\w+|Assert\w+|ExecCondition|RefuseManualStart)\s*=.*")
_FRESH = ("", "uninitialized")


def overruled(run: Run, *, provider: str, root: pathlib.Path = pathlib.Path("/")) -> t.List[str]:
    """One sentence for each thing that keeps the provider from starting at boot, or loads other rules beside it."""
    status, out, _error = run(["systemctl", "show", "--property=DropInPaths,UnitFilePreset", f"{provider}.service"])
    if status:
        return []
    shown = dict(line.partition("=")[::2] for line in out.splitlines())
    return [
        *_drop_ins(shown.get("DropInPaths", "").split(), provider=provider, root=root),
        *_preset(shown.get("UnitFilePreset", ""), provider=provider, root=root),
        *_by_kernel(provider, root=root),
        *_others(run, provider=provider, root=root),
    ]


def _drop_ins(paths: t.Iterable[str], *, provider: str, root: pathlib.Path) -> t.Iterator[str]:
    for path in paths:
        text = _text(root / path.lstrip("/"))
        found = list(dict.fromkeys(match[0].strip() for match in _DECISIVE.finditer(text)))
        if found:
            yield f"{path} overrules how {provider} starts at boot: {'; '.join(found)}"


def _preset(preset: str, *, provider: str, root: pathlib.Path) -> t.Iterator[str]:
    """An image without an identity takes all units as the presets say when it first boots."""
    if preset == "disabled" and _text(root / "etc/machine-id").strip() in _FRESH:
        yield f"the next boot is the first one of this image, and its presets disable {provider} then"


def _by_kernel(provider: str, *, root: pathlib.Path) -> t.Iterator[str]:
    if f"systemd.mask={provider}.service" in _text(root / "proc/cmdline").split():
        yield f"the kernel's command line masks {provider} at boot"


def _others(run: Run, *, provider: str, root: pathlib.Path) -> t.Iterator[str]:
    for name in (name for name in OTHERS if name != provider):
        _status, out, _error = run(["systemctl", "is-enabled", f"{name}.service"])
        if out.strip() == "enabled" and (name != "ufw" or re.search(r"(?m)^ENABLED=yes", _text(root / _UFW_CONF))):
            yield f"{name} is enabled at boot too, and loads rules of its own then: systemctl disable {name}"


def _text(path: pathlib.Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace")
    return ""
