# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Bring the rules files and the kernel of a host to what they should be, or leave both as they were."""

from __future__ import annotations

import hashlib
import pathlib
import re
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._confirm.traces import HalfDoneError, Snapshot
from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import BASIC_FLOWS, Egress
from ansible_collections.printops.firewall.plugins.module_utils._rules.openings import EVERYONE, Opening, wider
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import Rule

from .files import (
    VERSIONS,
    RuleFile,
    UfwRule,
    chain,
    describe,
    render_rules,
)
from .foreign import foreign_openings
from .host import Host, Kernel, Settings, UfwHostError, command_of
from .placement import (
    Placement,
    ping_sources,
    place,
)

COMMIT_ORDER = (6, 4)


class UfwHalfDoneError(UfwHostError, HalfDoneError):
    """Rules could neither be changed as a whole nor put back."""


class Survey(t.NamedTuple):
    """A host as it is, and as it should be; all mappings are by IP version.

    C(kernel) is empty where ufw is not enabled.
    """

    settings: Settings
    before: dict[int, RuleFile]
    placements: dict[int, Placement]
    kernel: dict[int, Kernel]

    @property
    def after(self) -> dict[int, RuleFile]:
        return {version: placement.file for version, placement in self.placements.items()}

    @property
    def is_running(self) -> bool:
        """Whether ufw is enabled and packets to this host pass through its rules."""
        return self.settings.enabled and not self.settings.unenforced(self.kernel)

    @property
    def reasons(self) -> list[str]:
        """Why an enabled ufw does not enforce its files, one sentence each."""
        different = [
            f"the IPv{version} rules in the kernel were not those of {'user' if version == 4 else 'user6'}.rules"
            for version in self.loaded
            if not self.kernel[version].agrees_with(self.before[version])
        ]
        return [*self.settings.unenforced(self.kernel), *different]

    @property
    def changed_files(self) -> list[int]:
        return [version for version in COMMIT_ORDER if self.before[version] != self.after[version]]

    @property
    def loaded(self) -> list[int]:
        """The versions whose chains are in the kernel."""
        return [version for version in COMMIT_ORDER if version in self.kernel and self.kernel[version].is_loaded]

    @property
    def stale_chains(self) -> list[int]:
        """The loaded versions whose chain in the kernel is not what the file should say."""
        return [version for version in self.loaded if not self.kernel[version].agrees_with(self.after[version])]

    @property
    def to_load(self) -> list[int]:
        wanted = {*self.changed_files, *self.stale_chains}
        return [version for version in self.loaded if version in wanted]


def survey(
    host: Host, *, rules: t.Sequence[Rule], management: t.Sequence[Rule], egress: Egress | None = None
) -> Survey:
    """Read the host and compute its files; raises C(UfwHostError) where these rules cannot be enforced on it."""
    settings = host.settings()
    incoming = [rule for rule in (*management, *rules) if rule.direction == "in"]
    if not settings.ipv6:
        _refuse_ipv6(
            [*incoming, *(rule for rule in egress.rules if rule.flows[0] not in BASIC_FLOWS)] if egress else incoming
        )
    before = {version: host.rules(version) for version in VERSIONS}
    wanted = {
        v: [*render_rules(incoming, version=v), *(_outgoing(host, egress, version=v) if egress else ())]
        for v in VERSIONS
    }
    placements = {v: place(before[v], wanted[v], version=v) for v in VERSIONS}
    found = Survey(settings, before, placements, host.kernel() if settings.enabled else {})
    if egress:
        _refuse_void_egress(host, found)
    return found


def _refuse_ipv6(rules: t.Iterable[Rule]) -> None:
    for rule in rules:
        remotes = rule.remotes_of(version=6)
        if remotes:
            raise UfwHostError(
                f"IPV6=no in /etc/default/ufw, and {remotes[0]} of [{' '.join(rule.flows)}] is IPv6; "
                "set IPV6=yes there, or give this host IPv4 remotes only"
            )


def _outgoing(host: Host, egress: Egress, *, version: int) -> list[UfwRule]:
    from .egress import lacking, render_egress

    before_rules = host.before_rules(version)
    lacks = lacking(before_rules, version=version)
    if lacks:
        raise UfwHostError(
            f"{host.before_path(version)} does not accept {' and '.join(lacks)} in its chain before-output, so an "
            "enforced egress would cut it off; put the lines of the package back, then run 'ufw reload'"
        )
    return render_egress(egress, version=version, before_rules=before_rules)


def _refuse_void_egress(host: Host, found: Survey) -> None:
    for version, placement in found.placements.items():
        for rule in placement.contradicted:
            if rule.is_closing:
                raise UfwHostError(
                    f"{host.rules_path(version)}: a foreign rule for everything that leaves the host comes before the "
                    f"plan's, so egress cannot be enforced; delete what 'ufw status' shows for '{rule.line()}'"
                )
    for version, kernel in found.kernel.items():
        if kernel.is_loaded and not kernel.is_output_hooked:
            raise UfwHostError(
                f"packets that leave the host over IPv{version} do not pass through the chains of ufw, so egress "
                "cannot be enforced: see 'systemctl status ufw'"
            )


def commit(host: Host, found: Survey) -> None:
    """Write the changed files and load what the kernel lacks, IPv6 before IPv4.

    Raises C(UfwHostError) when any step fails; files and kernel are put back then.
    """
    host.check({version: found.after[version] for version in {*found.changed_files, *found.to_load}})
    loaded: list[int] = []
    try:
        for version in found.changed_files:
            host.write_rules(version, found.after[version])
        for version in found.to_load:
            host.load(version, found.after[version])
            loaded.append(version)
        if found.settings.enabled:
            _expect_agreement(host.kernel(), found)
    except (UfwHostError, OSError) as error:
        undone = [_failure(_restorer(host), version, found.before[version]) for version in found.changed_files]
        undone += [_failure(host.load, version, found.before[version]) for version in loaded]
        failures = "; ".join(filter(None, undone))
        if failures:
            raise UfwHalfDoneError(f"{error}; and not all could be put back: {failures}") from error
        raise UfwHostError(f"{error}; the rules are as they were") from error


def start(host: Host, found: Survey) -> None:
    """Put ufw in force with the files that C(commit) wrote.

    Must be called without ufw's lock. Raises C(UfwHostError) where the kernel does not hold them then.
    """
    host.start()
    with host.locked():
        _expect_agreement(host.kernel(), found)


def withdraw(host: Host) -> None:
    """Disable ufw, and only then take the rules of ours out of its files: nothing is denied between.

    Must be called without ufw's lock. Raises C(UfwHalfDoneError) where not all was done.
    """
    try:
        host.stop()
        with host.locked():
            for version in COMMIT_ORDER:
                file = host.rules(version)
                if file.own:
                    host.write_rules(version, place(file, (), version=version).file)
    except (UfwHostError, OSError) as error:
        raise UfwHalfDoneError(str(error)) from error


def snapshot(host: Host, found: Survey, *, starts: bool, stops: bool = False) -> Snapshot:
    """What puts the host back as it was found, where ufw is going to be enabled or disabled."""
    from ansible_collections.printops.firewall.plugins.module_utils._confirm.script import copy_of

    commands = {version: f"{command_of(version)}-restore -w 5 -n" for version in COMMIT_ORDER}
    paths = {version: str(host.rules_path(version).resolve()) for version in COMMIT_ORDER}
    was_enabled = found.settings.enabled
    enabling = starts and not was_enabled
    set_enabled = f"sed -i 's/^ENABLED=.*/ENABLED={'yes' if was_enabled else 'no'}/' {host.conf_path}"
    # An enabled firewall is never switched off to take something back, whatever of it was in force.
    loaded = [v for v in paths if v in found.loaded or (starts and was_enabled)]
    copies = {version: copy_of(path) for version, path in paths.items()}
    load = [f'{commands[v]} < "$([ -e {copies[v]} ] && echo {copies[v]} || echo {paths[v]})"' for v in loaded]
    if enabling:
        load = [f'{_INIT}\n{_STOP} && {{ {set_enabled} || [ -n "$stuck" ]; }}']
    elif stops:
        stuck = [f"{{ [ ! -e {copies[v]} ] || {commands[v]} < {copies[v]}; }}" for v in loaded]
        load = [f"{_INIT}\n{_unless_whole(found)} init force-stop\n{{ {_START}; }} && {' && '.join(stuck) or ':'}"]
    return Snapshot(
        files={path: pathlib.Path(path).read_bytes() for path in paths.values()},
        shared={path: f"{commands[version]} --test" for version, path in paths.items()},
        rewritten=starts,
        edits={str(host.conf_path): set_enabled} if starts or stops else {},
        load=load,
    )


_INIT = """\
init() {
    for file in /lib/ufw/ufw-init /usr/lib/ufw/ufw-init /usr/libexec/ufw/ufw-init; do
        [ ! -x "$file" ] || { "$file" "$1"; return; }
    done
    echo 'there is no ufw-init' >&2
    return 1
}
without_ufw() {
    echo "ufw --force $1 failed or still waited for another ufw command after 20 s, so it is done without" >&2
}"""
_STOP = "{ timeout 20 ufw --force disable || { without_ufw disable; init force-stop; }; }"
_START = "timeout 20 ufw --force enable || { without_ufw enable; init start; }"
"""Both ufw commands wait for a lock that another one may hold for ever, at its question; what they call does not."""


def _unless_whole(found: Survey) -> str:
    """Shell for: unless the chains of ufw are as they were found. What is half gone, ufw takes for started."""
    digests = {v: _digest(kernel.lines) for v, kernel in found.kernel.items() if kernel.is_loaded}
    listing = "-w 5 -S | grep ufw | sed 's/ *$//' | sha256sum"
    tests = [f"[ \"$({command_of(version)} {listing})\" = '{digest}  -' ]" for version, digest in digests.items()]
    return " && ".join(tests or ["false"]) + " ||"


def _digest(lines: t.Iterable[str]) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in lines if "ufw" in line).encode("latin-1")).hexdigest()


def _expect_agreement(kernel: t.Mapping[int, Kernel], found: Survey) -> None:
    for version in kernel:
        if kernel[version].is_loaded and not kernel[version].agrees_with(found.after[version]):
            raise UfwHostError(f"the kernel does not hold the IPv{version} rules that it accepted")


def _restorer(host: Host) -> t.Callable[[int, RuleFile], None]:
    """Write a file that is not as it was: it may be another one although its writing failed, in the last step."""

    def restore(version: int, file: RuleFile) -> None:
        if host.rules(version) != file:
            host.write_rules(version, file)

    return restore


def _failure(step: t.Callable[[int, RuleFile], None], version: int, file: RuleFile) -> str:
    """Do a step; what went wrong, or nothing."""
    try:
        step(version, file)
    except (UfwHostError, OSError) as error:
        return str(error)
    return ""


def lines(files: t.Mapping[int, RuleFile]) -> list[str]:
    """The rules of ours, IPv4 before IPv6, one line each."""
    return [line for version in VERSIONS for rule in files[version].own for line in describe(rule)]


def covered(found: Survey) -> list[str]:
    """The wanted rules that an equal foreign rule enforces already, in the order of C(lines)."""
    return [line for version in VERSIONS for rule in found.placements[version].covered for line in describe(rule)]


def warnings(host: Host, found: Survey, *, rules: t.Sequence[Rule]) -> list[str]:
    """What the operator should know; raises C(UfwHostError) where a ping of the plan is not accepted at all."""
    told = list(_pings(host, rules))
    if found.settings.input_policy == "ACCEPT":
        told.append("DEFAULT_INPUT_POLICY is ACCEPT in /etc/default/ufw, so these rules restrict nothing")
    told += found.settings.told
    if found.settings.enabled and not found.is_running:
        told.append("ufw is enabled, but packets do not pass through its chains: see 'systemctl status ufw'")
    for version in VERSIONS:
        path = host.rules_path(version)
        told += [_contradiction(path, rule) for rule in found.placements[version].contradicted]
    return told


def wider_foreign(host: Host, found: Survey, *, rules: t.Sequence[Rule]) -> list[str]:
    """One sentence for each rule of others that lets in whom C(rules) keep out of a port which they open."""
    return wider(others_openings(host, found), rules)


def shut_before(found: Survey, *, rules: t.Sequence[Rule]) -> list[str]:
    """One sentence for each rule of others that drops what the rules open before it comes to ufw's chain for them."""
    unusual = [version for version in found.loaded if _is_entered_otherwise(found.kernel[version])]
    if not unusual:
        return []
    from ansible_collections.printops.firewall.plugins.module_utils._rules.iptables_chains import table_of
    from ansible_collections.printops.firewall.plugins.module_utils._rules.paths import (
        ACCEPT,
        Step,
        in_words,
        kept_out,
    )

    tables = [table_of(found.kernel[v].lines, name=command_of(v), version=v) for v in unusual]
    ends = {chain(v): [Step("", ACCEPT)] for v in unusual}
    nothing, some = in_words(kept_out(rules, [one._replace(chains={**one.chains, **ends}) for one in tables]))
    return [*nothing, *some]


def _is_entered_otherwise(kernel: Kernel) -> bool:
    """Whether packets meet rules of others before those of ufw."""
    first = next((line for line in kernel.lines if line.startswith("-A INPUT ")), "")
    return kernel.is_hooked and not re.fullmatch(r"-A INPUT -j ufw6?-before-(logging-)?input", first)


def others_openings(host: Host, found: Survey) -> list[Opening]:
    """What others let in, by rules or by the policy for all that no rule names."""
    before = {version: host.before_rules(version) for version in VERSIONS}
    openings = foreign_openings(found.before, before=before, kernel=found.kernel)
    if found.settings.input_policy == "ACCEPT" and not found.settings.enabled:
        openings.append(Opening("DEFAULT_INPUT_POLICY=ACCEPT in /etc/default/ufw", "any", (), EVERYONE))
    return openings


def _contradiction(path: object, rule: UfwRule) -> str:
    said = (describe(rule) or [rule.line()])[0]
    return f"{path}: a foreign rule for the same packets comes first and does the contrary: {said}"


def _pings(host: Host, rules: t.Iterable[Rule]) -> t.Iterator[str]:
    pings = [rule for rule in rules if rule.direction == "in" and rule.protocol == "icmp"]
    for version in VERSIONS:
        remotes = [remote for rule in pings for remote in rule.remotes_of(version=version)]
        if not remotes:
            continue
        path = host.before_path(version)
        sources = ping_sources(host.before_rules(version), version=version)
        for remote in remotes:
            if not any(remote.subnet_of(t.cast("t.Any", source)) for source in sources):
                raise UfwHostError(
                    f"{path} does not accept echo-request from {remote}, and ufw has no rule for ICMP; add the line "
                    f"'{_ping_line(version, remote)}' to it and run 'ufw reload' in a maintenance window"
                )
        if any(source.prefixlen == 0 for source in sources):
            yield f"{path} accepts echo-request from everyone, so the plan's remotes for it restrict nothing"


def _ping_line(version: int, remote: object) -> str:
    if version == 4:
        return f"-A ufw-before-input -p icmp --icmp-type echo-request -s {remote} -j ACCEPT"
    return f"-A ufw6-before-input -p icmpv6 --icmpv6-type echo-request -s {remote} -j ACCEPT"
