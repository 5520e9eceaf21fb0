# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The script that takes a change back, and the unit that runs it at boot: POSIX shell and awk, and no Python.

The script may be killed anywhere and run again: it decides by one rename, puts each file back by one rename of a copy
that lies beside it since before the change (a full disk does not matter), and forgets the change last.
"""

from __future__ import annotations

import shlex
import typing as t

from .traces import MARK

LOAD_SECONDS = 240
"""How long a command that loads the old rules may take: systemd gives a daemon that does not stop 90 s."""
PATIENCE_SECONDS = 300
OWN_MARK = "printops:".encode("ascii").hex()
FIRST_MARK = "management-connection".encode("ascii").hex()

_SCRIPT = r"""#!/bin/sh
# Written by printops.firewall. Takes an unconfirmed change of the firewall back. Usage: restore WHY [TOKEN]
set -u
umask 077
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
why=$1
token=${2-}
state=@STATE@
run=@RUN@
lock=$run/@PROVIDER@.lock
cd "$state" 2>/dev/null || exit 0
mkdir -p "$run"

say() {
    printf 'restore: %s\n' "$*" >&2
}

is_asked_for() {
    [ -d restoring ] || { [ -d pending ] && { [ -z "$token" ] || [ "$(cat pending/token)" = "$token" ]; }; }
}

end_what_the_change_started() { # it would go on, or hold what loading the old rules waits for
    mark=@MARK@=$(cat pending/token restoring/token 2>/dev/null)
    for place in $(grep -lszxF "$mark" /proc/[0-9]*/environ); do
        process=${place#/proc/}
        kill -KILL "${process%/environ}" 2>/dev/null
    done
}

has_lock() { # waits for another one that takes the change back; a run that is still changing has lost its right to
    waited=0
    until flock -w 4 9; do
        holder='' doing=''
        read -r holder doing < "$lock"
        is_asked_for || exit 0
        waited=$((waited + 4))
        [ "$waited" -lt @PATIENCE@ ] || return 1
        if [ "$doing" = restores ]; then
            say "waits for process $holder, which takes the change back"
        elif [ -n "$holder" ]; then
            say "ends process $holder, which still changes the firewall"
            kill -KILL "$holder" 2>/dev/null
        fi
    done
}

is_asked_for || exit 0
if command -v flock >/dev/null 2>&1; then
    exec 9>>"$lock"
    if has_lock; then
        printf '%s restores\n' "$$" > "$lock"
    elif [ "$why" != timeout ]; then
        say "process $holder has held $lock for $waited s"
        exit 1
    fi
fi
is_asked_for || exit 0
end_what_the_change_started
failed=0 stuck=''
export stuck

cannot() { # PATH: the rest is put back all the same
    stuck="${stuck:+$stuck, }$1"
}

here=restoring
[ -d restoring ] || mv pending restoring || { here=pending; cannot "$state"; }
kept=$state/$here/kept
export kept
load() {
    [ "$failed" -lt 2 ] || return
    timeout -k 5 @BOUND@ /bin/sh -c "$1" 9>&- && return
    [ $? -ge 124 ] || { failed=1; return; }
    say "this did not end within @BOUND@ s: $1"
    failed=2
}

put_back() {
    [ ! -e "$1" ] || mv -f "$1" "$2" || cannot "$2"
}

without_ours() {
    awk '
        function blank() { if (held) { print line; held = 0 } }
        ours && /^-A ufw6?-user-/ { ours = 0; next }
        { ours = 0 }
        /^### tuple ###.* comment=@OWN@/ { held = 0; ours = 1; next }
        /^[ \t]*$/ { blank(); line = $0; held = 1; next }
        { blank(); print }
        END { blank() }' "$1"
}

foreign_tuples() {
    without_ours "$1" | grep '^### tuple ###'
}

only_ours() {
    awk -v first="$2" '
        ours && /^-A ufw6?-user-/ { print; ours = 0; next }
        { ours = 0 }
        /^### tuple ###.* comment=@OWN@/ && (/ comment=.*@FIRST@/ ? 1 : 0) == first { print ""; print; ours = 1 }' "$1"
}

put_our_rules_back() { # COPY FILE COMMAND...: what others did to the file meanwhile stays
    copy=$1 file=$2
    shift 2
    [ -e "$copy" ] || return 0
    work=$run/@PROVIDER@.work
    rm -rf "$work"
    mkdir "$work" || { put_back "$copy" "$file"; return; }
    @FOREIGN@ "$copy" > "$work/then"
    @FOREIGN@ "$file" > "$work/now"
    if ! cmp -s "$work/then" "$work/now"; then
        only_ours "$copy" 1 > "$work/first"
        only_ours "$copy" 0 > "$work/last"
        without_ours "$file" | awk -v first="$work/first" -v last="$work/last" '
            function include(name,   text) { while ((getline text < name) > 0) print text; close(name) }
            function end_rules() { if (begun && !ended) { include(last); ended = 1 } }
            function blank() { if (held) { print line; held = 0 } }
            /^### END RULES ###/ || /^### LOGGING ###/ || /^COMMIT/ { end_rules(); blank(); print; next }
            /^[ \t]*$/ { blank(); line = $0; held = 1; next }
            { blank(); print }
            /^### RULES ###/ { include(first); begun = 1 }
            END { blank() }' > "$work/merged"
        if "$@" < "$work/merged" && cp -p "$file" "$file.unfinished" && cat "$work/merged" > "$file.unfinished" &&
            sync && mv -f "$file.unfinished" "$file"; then
            rm -f "$copy"
        else
            rm -f "$file.unfinished"
        fi
    fi
    put_back "$copy" "$file"
    rm -rf "$work"
}

@FILES@
sync
told=$run/@PROVIDER@.stuck
if [ -n "$stuck" ]; then
    say "cannot put back: $stuck"
    ! grep -qsxF "the old rules are in force, and this cannot be put back: $stuck" "$told" || exit 1
fi
loaded='loaded by the services that start next'
if [ "$why" != boot ]; then
    loaded=loaded
    for turn in 1 2 3; do
        [ "$turn" -eq 1 ] || sleep 1
        failed=0
@LOAD@
        [ "$failed" -eq 1 ] || break
    done
    if [ -n "$stuck" ]; then
        [ "$failed" -eq 0 ] && now='the old rules are in force' || now='not all of the old rules are in force'
        printf '%s, and this cannot be put back: %s\n' "$now" "$stuck" > "$told"
        exit 1
    fi
    [ "$failed" -eq 0 ] || exit 1
elif [ -n "$stuck" ]; then # what starts next has the new rules
    systemd-run --quiet --collect --unit=@UNIT@-timer --on-active=15s --property=Restart=on-failure \
        --property=RestartSec=3s /bin/sh "$state/restore" timeout 9>&-
    exit 1
fi
rm -f "$told"
printf '%s restored %s %s: %s\n' "$(cat $here/token)" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$why" "$loaded" \
    > "$run/@PROVIDER@.new" && mv -f "$run/@PROVIDER@.new" "$run/@PROVIDER@.outcome"
[ "$why" = timeout ] || [ "$why" = boot ] || timeout -k 5 20 systemctl --quiet stop @UNIT@-timer.timer 2>/dev/null 9>&-
rm -f @UNITS@/sysinit.target.wants/@UNIT@.service @UNITS@/@UNIT@.service
{
    mv restoring done || exit 1
    rm -rf done && rm -f restore
    cd /
    rmdir -p "$state" 2>/dev/null
    exit 0
}
"""

_UNIT = """\
[Unit]
Description=Take an unconfirmed firewall change of printops.firewall back
DefaultDependencies=no
RequiresMountsFor={state}
ConditionPathExists={state}/restore
After=local-fs.target
Before=network-pre.target ufw.service firewalld.service nftables.service sysinit.target shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
ExecStart=/bin/sh {state}/restore boot

[Install]
WantedBy=sysinit.target
"""


def copy_of(path: str) -> str:
    """Where the copy of a file lies while a change of it is unconfirmed: beside it, so that one rename puts it back."""
    folder, _slash, name = path.rpartition("/")
    return f"{folder}/.{name}.printops-before"


def restore_script(
    *,
    provider: str,
    state: str,
    run: str,
    unit: str,
    unit_folder: str,
    files: t.Mapping[str, bool],
    shared: t.Mapping[str, str],
    rewritten: bool,
    edits: t.Mapping[str, str],
    load: t.Sequence[str],
) -> str:
    """The script.

    C(files) maps each path to whether there was a file; C(shared) maps those that others write too to the shell
    command which tells whether its standard input would do as such a file. C(rewritten) says that applying has the
    firewall rewrite them, so that only their rules count. C(edits) maps other files to the shell line that changes
    them, C(load) are those that load the files, or, with C($stuck) not empty, what is left of them in C(copy_of).
    """
    lines = [_put_back(path, was_there=there, test=shared.get(path)) for path, there in sorted(files.items())]
    lines += [f"{{ {line}\n}} || cannot {shlex.quote(path)}" for path, line in edits.items()]
    words = {
        "PROVIDER": provider,
        "STATE": shlex.quote(state),
        "RUN": shlex.quote(run),
        "UNITS": shlex.quote(unit_folder),
        "UNIT": unit,
        "MARK": MARK,
        "BOUND": str(LOAD_SECONDS),
        "PATIENCE": str(PATIENCE_SECONDS),
        "OWN": OWN_MARK,
        "FIRST": FIRST_MARK,
        "FOREIGN": "foreign_tuples" if rewritten else "without_ours",
        "FILES": "\n".join(lines) or ":",
        "LOAD": "\n".join(f"        load {shlex.quote(line)}" for line in load) or "        :",
    }
    script = _SCRIPT
    for word, text in words.items():
        script = script.replace(f"@{word}@", text)
    return script


def _put_back(path: str, *, was_there: bool, test: t.Optional[str]) -> str:
    if not was_there:
        return f"rm -f {shlex.quote(path)} || cannot {shlex.quote(path)}"
    names = f"{shlex.quote(copy_of(path))} {shlex.quote(path)}"
    return f"put_our_rules_back {names} {test}" if test else f"put_back {names}"


def boot_unit(*, state: str) -> str:
    """The unit file; C(state) has no blanks in it."""
    return _UNIT.format(state=state)
