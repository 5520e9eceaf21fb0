# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The script that takes a change back, and the unit that runs it at boot: POSIX shell, and no Python."""

from __future__ import annotations

import shlex
import typing as t

_SCRIPT = """\
#!/bin/sh
# Written by printops.firewall. Takes an unconfirmed change of the firewall back; run by a timer, or at boot.
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
why=$1
state={state}
mv "$state/pending" "$state/restoring" 2>/dev/null
cd "$state/restoring" 2>/dev/null || exit 0
failed=0
loaded=loaded

put_back() {{
    cp -p "$1" "$2.unfinished" && mv "$2.unfinished" "$2" || failed=1
}}

try_thrice() {{
    "$@" || {{ sleep 2; "$@"; }} || {{ sleep 4; "$@"; }} || loaded='not loaded, see the journal'
}}

{files}
sync
[ "$failed" -eq 0 ] || exit 1
if [ "$why" = boot ]; then
    loaded='loaded by the services that start next'
else
{load}
fi
echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $why: $loaded" > "$state/restored-$(cat token)"
rm -f {unit_folder}/sysinit.target.wants/{unit}.service {unit_folder}/{unit}.service
cd / && rm -rf "$state/restoring"
"""

_UNIT = """\
[Unit]
Description=Take an unconfirmed firewall change of printops.firewall back
DefaultDependencies=no
RequiresMountsFor={state}
After=local-fs.target
Before=network-pre.target ufw.service firewalld.service sysinit.target shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
ExecStart=/bin/sh -c 'cd {state} && for script in */restore; do exec /bin/sh "$$script" boot; done'

[Install]
WantedBy=sysinit.target
"""


def restore_script(
    *, state: str, unit: str, unit_folder: str, saved: t.Mapping[str, t.Optional[str]], load: t.Sequence[str]
) -> str:
    """The script; C(saved) maps each path to the saved copy's name, or to None where there was no file."""
    files = [
        f"rm -f {shlex.quote(path)} || failed=1" if name is None else f"put_back {name} {shlex.quote(path)}"
        for path, name in saved.items()
    ]
    return _SCRIPT.format(
        state=shlex.quote(state),
        unit=unit,
        unit_folder=shlex.quote(unit_folder),
        files="\n".join(files) or ":",
        load="\n".join(f"    try_thrice /bin/sh -c {shlex.quote(line)}" for line in load) or "    :",
    )


def boot_unit(*, state: str) -> str:
    """The unit file; C(state) has no blanks in it."""
    return _UNIT.format(state=state)
