#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: firewalld_rules
short_description: The whole rule set of a host in firewalld, in one call
version_added: 0.1.0
description:
  - Makes firewalld accept exactly the given incoming rules, besides what the zones and policies of the administrator
    accept, and takes away what an earlier run accepted and this one does not name.
  - With O(egress=enforce), a second policy, C(printops-out), lets out what the given outgoing rules and O(egress_extra)
    name, and what every host needs. It comes after all policies of the administrator, and drops everything else.
  - It writes one policy, C(printops-in), one service for each rule, and an ipset for each long list of remotes where
    firewalld is 1.0 or newer with its nftables backend.
    Their descriptions name the flows that ask for them, see C(firewall-cmd --verbose --info-service=NAME).
    Nothing else of firewalld is touched.
  - The policy applies to traffic from every zone to the host, before the zones do.
  - The management connection is accepted by a rule of its own, with literal addresses.
  - A run that finds everything right writes nothing and reloads nothing. A small change, by which at most 20 rich rules
    for input come or go, is written and told to the daemon without a reload, and disturbs nobody.
  - Any other change is one reload, during which established connections go on and new ones are refused for less than a
    second. A reload drops what was only set at run time, by fail2ban or C(firewall-cmd) without C(--permanent) for
    instance.
  - firewalld fails open, so the whole configuration is examined before the reload, the state of the daemon after it,
    and the previous files are put back and loaded if anything is wrong.
options:
  rules:
    description:
      - The rules, as the plan has them. Required if O(state=present).
      - Those with O(rules[].direction=out) are enforced where O(egress=enforce), and ignored elsewhere.
  management:
    description:
      - Networks that may reach the SSH port of the host. The port is that of the connection of this run, else 22.
      - The address that this run came from is always added unless one of the networks has it. Name the networks of
        your controllers, or a run from another controller changes the host.
  state:
    description:
      - V(present) enforces O(rules) and nothing else of ours.
      - V(absent) takes every object of ours off, the management rule too.
extends_documentation_fragment:
  - printops.firewall._rules
  - printops.firewall._egress
  - printops.firewall._egress.additions
  - printops.firewall._foreign
  - printops.firewall._confirmed
requirements:
  - firewalld 0.9 or newer and C(busctl) on the host
  - Python 3.8 or newer on the host, without any library
notes:
  - Where firewalld is not running, the files are written and nothing is loaded, so that it starts with them.
  - Entries that somebody changed at run time in an ipset are not found; a changed file is.
attributes:
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Returns one line for each rule and remote.
    support: full
  platform:
    description: Target platforms.
    platforms: posix
    support: full
author:
  - the printops.firewall maintainers (@printops)
seealso:
  - name: firewalld policies
    description: What a policy from ANY to HOST is.
    link: https://firewalld.org/documentation/man-pages/firewalld.policies.html
"""

EXAMPLES = r"""
- name: Accept what the plan says and nothing else of ours
  printops.firewall.firewalld_rules:
    rules: "{{ lookup('printops.firewall.host_rules', inventory_hostname) }}"
    management: [198.51.100.0/28]

- name: Accept one flow
  printops.firewall.firewalld_rules:
    rules:
      - direction: in
        protocol: tcp
        ports: ["443", "5014-5019"]
        remotes: [10.1.20.0/24, "2001:db8:20::/64"]
        flows: [safeq6/management/1]

- name: Let nothing out but what the plan says, the package mirror and the name servers
  printops.firewall.firewalld_rules:
    rules: "{{ lookup('printops.firewall.host_rules', inventory_hostname) }}"
    egress: enforce
    egress_dns: [192.0.2.53, "2001:db8::53"]
    egress_extra:
      - protocol: tcp
        ports: ["443"]
        remotes: [192.0.2.80]

- name: Take everything of ours off
  printops.firewall.firewalld_rules:
    state: absent
"""

RETURN = r"""
added:
  description: What is accepted now and was not before.
  returned: success
  type: list
  elements: str
  sample: ["allow in tcp 443 from 10.1.20.0/24 [safeq6/management/1]"]
removed:
  description: What was accepted before and is not now.
  returned: success
  type: list
  elements: str
  sample: ["allow in udp 161 from 10.1.20.0/24 [safeq6/mfd/3]"]
rules:
  description: >-
    Number of the given rules that are enforced, which are the incoming ones, and the outgoing ones where
    O(egress=enforce). The management rule is not counted.
  returned: success
  type: int
  sample: 17
running:
  description: Whether the firewalld daemon runs. Where it does not, the rules hold from its next start.
  returned: success
  type: bool
installed:
  description: Whether firewalld is on the host; V(false) is possible in check mode and for O(state=absent) only.
  returned: success
  type: bool
management:
  description: Remotes that the management rule accepts.
  returned: success
  type: list
  elements: str
  sample: ["198.51.100.0/28"]
foreign:
  description: Rules of others that let in whom the given rules keep out, one sentence each.
  returned: success
  type: list
  elements: str
  sample: ["firewalld zone public: service https lets everyone reach 443/tcp, wider than the plan"]
stopped:
  description: Whether the firewall was stopped by this call, or would be in check mode.
  returned: success
  type: bool
  sample: false
turned:
  description:
    - >-
      Where this call turns the firewall on, or would in check mode, what listens and is neither in the given rules nor
      let in by anybody else's, so that it is cut off. Where it turns it off, what listens and is open to everyone then.
    - Empty where it does neither.
  returned: success
  type: str
  sample: "WILL BE TURNED ON: default deny; listening and not in the plan, will be cut off: 7777/tcp python3"
started:
  description: Whether the firewalld daemon was started by this call, or would be in check mode.
  returned: success
  type: bool
confirmed:
  description: Whether the change was confirmed over a new connection.
  returned: when something was changed
  type: bool
rolled_back:
  description: Whether the host took the change back because nothing confirmed it.
  returned: when the change could not be confirmed
  type: bool
repaired:
  description: Whether the files were right, and firewalld or the kernel did not enforce them.
  returned: success
  type: bool
reasons:
  description: Why firewalld or the kernel did not enforce the files that were there, one sentence each.
  returned: success
  type: list
  elements: str
"""

import contextlib
import os
import subprocess
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.printops.firewall.plugins.module_utils._confirm.change import (
    CONFIRM_OPTIONS,
    FOREIGN_OPTIONS,
    NETWORK_OPTIONS,
    Change,
    ForeignError,
)
from ansible_collections.printops.firewall.plugins.module_utils._confirm.traces import PendingError, Snapshot
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.daemon import FirewalldError
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.ensure import (
    Outcome,
    ensure,
)
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.heard import Heard
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.host import OWN_KINDS, Host
from ansible_collections.printops.firewall.plugins.module_utils._firewalld.objects import (
    Objects,
    render,
)
from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import EGRESS_OPTIONS, egress_of
from ansible_collections.printops.firewall.plugins.module_utils._rules.openings import Opening, wider
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    RULE_OPTIONS,
    Rule,
    RuleError,
    diff_rules,
    parse_rules,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible_collections.printops.firewall.plugins.module_utils._confirm.found import Found


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "rules": {"type": "list", "elements": "dict", "options": RULE_OPTIONS},
            "management": {"type": "list", "elements": "str", "default": []},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            **EGRESS_OPTIONS,
            **FOREIGN_OPTIONS,
            **CONFIRM_OPTIONS,
            **NETWORK_OPTIONS,
        },
        required_if=[("state", "present", ["rules"])],
        supports_check_mode=True,
    )
    host = Host(run=_run_plainly)
    try:
        module.exit_json(**_run(module, host=host))
    except (RuleError, FirewalldError, PendingError, ForeignError) as error:
        module.fail_json(msg=f"firewalld_rules: {error}")
    except OSError as error:
        module.fail_json(msg=f"firewalld_rules: {error}; it must run as root, on a host with firewalld and busctl")


def _run_plainly(command: list[str], data: str | None = None) -> tuple[int, str, str]:
    """Start a command; AnsibleModule.run_command would take a third longer, several times in every run."""
    done = subprocess.run(
        command,
        input=data or "",
        env={**os.environ, "LC_ALL": "C", "SYSTEMD_COLORS": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def _run(module: AnsibleModule, *, host: Host) -> dict[str, t.Any]:
    present = module.params["state"] == "present"
    rules = parse_rules(module.params["rules"] or ()) if present else ()
    management: t.Sequence[Rule] = ()
    desired: Objects | None = None
    installed = host.installed()
    if present and not installed:
        if not module.check_mode:
            raise FirewalldError("firewalld is not installed on this host: install the package firewalld first")
        module.warn("firewalld_rules: firewalld is not installed on this host; all rules are shown as added")
    change = Change.of(module, provider="firewalld")
    foreign: list[str] = []
    with change.alone(contextlib.nullcontext if module.check_mode else host.lock):
        inquiry = host.begin()
        if present:
            active_zones = host.daemon.begin_active_zones()
            management = change.management(module.params["management"])
            change.warn_if_cut_off((*management, *rules))
            egress = egress_of(module.params, rules=rules, management=management)
            desired = render(
                rules=rules,
                management=management,
                ipsets=not installed or host.takes_ipsets(version=inquiry.version()),
                egress=egress,
                knows_sessions=not installed or host.knows_sessions(version=inquiry.version()),
            )
            foreign = _wider(module, host=host, rules=rules, management=management, active_zones=active_zones)
            change.hear_foreign(foreign, refuse=module.params["foreign_rules"] == "refuse")
        loaded = inquiry.loaded()
        starts = module.params["start"] and installed and not loaded.running
        stops = module.params["as_found"] and loaded.running and change.record(host.root).is_to_stop()
        turned = ""
        if starts or stops or (module.params["start"] and not installed):
            turned = _turned(module, host=host, rules=(*rules, *management), stops=stops, installed=installed)
            change.warn(turned)

        @contextlib.contextmanager
        def guard(snapshot: Snapshot) -> t.Iterator[None]:
            change.refuse_without_proof()
            if present:
                change.record(host.root).note(lambda: _as_found(host=host, running=loaded.running), starts=starts)
            with change.guard(snapshot):
                yield

        outcome = ensure(
            host=host,
            loaded=loaded,
            look=inquiry.look,
            desired=desired,
            check_mode=module.check_mode,
            start=starts,
            stop=stops,
            guard=guard,
        )
    changed = outcome.files_differ or outcome.repaired or starts or stops
    differences = _differences(module, host=host, outcome=outcome, desired=desired)
    if present:
        change.warn_if_a_way_in_goes(differences["removed"], management=management)
    return {
        "changed": changed,
        "started": starts,
        "stopped": stops,
        "turned": turned,
        "foreign": foreign,
        **change.result(acted=changed and not module.check_mode),
        "rules": sum(rule.direction == "in" or module.params["egress"] == "enforce" for rule in rules),
        "running": outcome.running,
        "installed": installed,
        "management": [str(remote) for rule in management for remote in rule.remotes],
        "repaired": outcome.repaired,
        "reasons": list(outcome.reasons),
        **differences,
    }


def _wider(
    module: AnsibleModule,
    *,
    host: Host,
    rules: t.Sequence[Rule],
    management: t.Sequence[Rule],
    active_zones: t.Callable[[], dict[str, list[str]]],
) -> list[str]:
    zones = active_zones()
    given = [module.params["rules"], [line for rule in management for line in rule.lines()]]
    heard = Heard(host, rules=given, active_zones=zones)
    told = heard.recall()
    if told is None:
        others = _others(module, host=host, active_zones=zones)
        told = wider(others or (), (*rules, *management))
        if others is not None and not module.check_mode:
            heard.remember(told)
    return told


def _others(module: AnsibleModule, *, host: Host, active_zones: dict[str, list[str]]) -> list[Opening] | None:
    """What files of others let in; None where one of them cannot be read, of which there is a warning."""
    from xml.etree.ElementTree import ParseError

    from ansible_collections.printops.firewall.plugins.module_utils._firewalld.permanent import permanent_openings

    try:
        return permanent_openings(host, active_zones=active_zones)
    except ParseError as error:
        module.warn(f"firewalld_rules: what others let in is not known, because a file is no XML: {error}")
        return None


def _turned(module: AnsibleModule, *, host: Host, rules: t.Sequence[Rule], stops: bool, installed: bool) -> str:
    """What turning firewalld on or off cuts off or lays open."""
    from ansible_collections.printops.firewall.plugins.module_utils._host.listeners import listeners
    from ansible_collections.printops.firewall.plugins.module_utils._rules.turning import turned_off, turned_on

    done = not module.check_mode
    listening = [one.as_json() for one in listeners(proc=host.root / "proc")]
    if stops:
        return turned_off(listening, done=done)
    others = _others(module, host=host, active_zones={}) if installed else []
    return turned_on(
        listening, rules=rules, others=others or (), done=done, what="" if installed else ", once installed"
    )


def _as_found(*, host: Host, running: bool) -> Found:
    from ansible_collections.printops.firewall.plugins.module_utils._confirm.found import Found, is_at_boot

    return Found(
        known=not host.own_files(),
        active=running,
        at_boot=is_at_boot(host.run, unit="firewalld"),
        folders=[str(host.folder / kind) for kind in OWN_KINDS if not (host.folder / kind).exists()],
    )


def _differences(module: AnsibleModule, *, host: Host, outcome: Outcome, desired: Objects | None) -> dict[str, t.Any]:
    """C(added), C(removed) and C(diff); a file that differs though no rule does has a line of its own."""
    if not outcome.files_differ:
        return {"added": [], "removed": [], "diff": diff_rules(before=(), after=(), header=str(host.folder))}
    from ansible_collections.printops.firewall.plugins.module_utils._firewalld.read import (
        UnreadableError,
        lines,
    )

    after_files = desired.files if desired else {}
    after = lines(after_files)
    try:
        before = lines(outcome.before)
    except UnreadableError as error:
        module.warn(f"firewalld_rules: {host.folder}/{error}; it is written anew")
        before = []
    added, removed = [line for line in after if line not in before], [line for line in before if line not in after]
    if not added and not removed:
        paths = sorted({*outcome.before, *after_files})
        before += [f"{path} was edited" for path in paths if outcome.before.get(path) != after_files.get(path)]
    return {
        "added": added,
        "removed": removed,
        "diff": diff_rules(before=before, after=after, header=str(host.folder)),
    }


if __name__ == "__main__":
    main()
