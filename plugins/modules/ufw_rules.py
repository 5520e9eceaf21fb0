#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ufw_rules
short_description: Enforce the whole rule set of a host with ufw in one call
version_added: 0.1.0
description:
  - Brings the rules of this collection on a host to exactly the given set, all of them in one call.
  - >-
    The rules files of ufw are read and written without the C(ufw) command, and reach the kernel in one commit for each
    IP version. Nothing is opened and nothing is lost meanwhile, which C(ufw reload) cannot promise.
  - >-
    Rules of this collection carry a comment that begins with C(printops:) and names their flows; C(ufw status) shows
    it. Every other rule is an administrator's, and is kept to the byte and in its order.
  - >-
    The rules that keep the management connection open come before all other rules. The remaining rules come after the
    administrator's, so that an administrator's own C(deny) wins over what a plan opens.
  - >-
    Where an administrator's rule equals one of the given ones, that rule is kept and no second one is written, because
    ufw takes the two for one.
  - >-
    With O(egress=enforce), the rules that let something out come after the administrator's too, and the last rule of
    all denies everything else that leaves the host. C(DEFAULT_OUTPUT_POLICY) is not touched.
  - >-
    A ping that the given rules let out over IPv4 has three rules for its network, which deny TCP and UDP and allow what
    remains, because ufw has no rules for ICMP. Over IPv6, C(before6.rules) of ufw lets echo requests out to everyone.
  - When the files are right and the chains in the kernel are not, the chains are loaded again.
options:
  rules:
    description:
      - The rules of the plan for this host. Required when O(state=present).
      - Those with O(rules[].direction=out) are enforced where O(egress=enforce), and ignored elsewhere.
      - >-
        ufw has no rules for ICMP. Its file C(before.rules) accepts echo requests from everyone unless an administrator
        changed it, so a rule for them is only checked: the module warns when everyone may ping, and fails when the
        given remotes may not.
  management:
    description:
      - Networks that may always reach the SSH port of this host.
      - The address that the running SSH session comes from is added to them.
  state:
    description:
      - With V(present), the rules of this collection are exactly the given ones.
      - With V(absent), all rules of this collection are taken off, those for management too.
extends_documentation_fragment:
  - printops.firewall._rules
  - printops.firewall._egress
  - printops.firewall._egress.additions
  - printops.firewall._foreign
  - printops.firewall._confirmed
attributes:
  check_mode:
    description: Can run in check mode and return the changes it would make, without making them.
    support: full
  diff_mode:
    description: >-
      Returns one line for each rule and remote, before and after. A rule with more than 15 ports has several.
    support: full
  platform:
    description: Operating systems that the module runs on.
    support: full
    platforms: linux
requirements:
  - ufw 0.36 or newer with the iptables commands, and Python 3.8 or newer on the managed host.
notes:
  - >-
    While ufw is not enabled, only its files are written. The role P(printops.firewall.ufw#role) enables it afterwards,
    so that the management rule is there before packets are denied.
  - Ports that Docker publishes do not pass through the rules of ufw.
seealso:
  - module: printops.firewall.firewalld_rules
  - module: community.general.ufw
author:
  - the printops.firewall maintainers (@printops)
"""

EXAMPLES = r"""
- name: Enforce what the plan says about this host
  printops.firewall.ufw_rules:
    rules: "{{ lookup('printops.firewall.host_rules', inventory_hostname) }}"
    management:
      - 192.0.2.0/28

- name: Enforce one rule and no other
  printops.firewall.ufw_rules:
    rules:
      - direction: in
        protocol: tcp
        ports: ["443", "5014-5019"]
        remotes: [10.1.0.0/24, "2001:db8:1::/64"]
        flows: [safeq6/terminal-server/1]

- name: Let nothing out but what the plan says, the package mirror and the name servers
  printops.firewall.ufw_rules:
    rules: "{{ lookup('printops.firewall.host_rules', inventory_hostname) }}"
    egress: enforce
    egress_dns: [192.0.2.53, "2001:db8::53"]
    egress_extra:
      - protocol: tcp
        ports: ["443"]
        remotes: [192.0.2.80]

- name: Take every rule of this collection off
  printops.firewall.ufw_rules:
    state: absent
"""

RETURN = r"""
added:
  description: The rules that were added, one line for each rule and remote.
  returned: success
  type: list
  elements: str
  sample: ["allow in tcp 443 from 10.1.0.0/24 [safeq6/terminal-server/1]"]
removed:
  description: The rules that were removed, one line for each rule and remote.
  returned: success
  type: list
  elements: str
  sample: []
covered:
  description: The given rules that an equal rule of an administrator enforces already.
  returned: success
  type: list
  elements: str
  sample: []
rules:
  description: >-
    The number of given rules that are enforced, which are the incoming ones, and the outgoing ones where
    O(egress=enforce).
  returned: success
  type: int
  sample: 12
running:
  description: Whether ufw is enabled and packets to this host pass through its rules.
  returned: success
  type: bool
  sample: true
foreign:
  description: Rules of others that let in whom the given rules keep out, one sentence each.
  returned: success
  type: list
  elements: str
  sample: ["ufw rule 3 (443/tcp ALLOW IN Anywhere) lets everyone (IPv4) reach 443/tcp, wider than the plan"]
blocked:
  description: Rules of others before ufw's own that drop what the given rules open, one sentence each.
  returned: success
  type: list
  elements: str
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
  description: Whether ufw was enabled by this call, or would be in check mode.
  returned: success
  type: bool
  sample: false
confirmed:
  description: Whether the change was confirmed over a new connection.
  returned: when something was changed
  type: bool
  sample: true
rolled_back:
  description: Whether the host took the change back because nothing confirmed it.
  returned: when the change could not be confirmed
  type: bool
  sample: false
management:
  description: The networks that the management rules keep open.
  returned: success
  type: list
  elements: str
  sample: ["192.0.2.0/28"]
repaired:
  description: Whether ufw was enabled and its files were right, and the kernel did not enforce them.
  returned: success
  type: bool
  sample: false
reasons:
  description: Why ufw was enabled and did not enforce the files that were there, one sentence each.
  returned: success
  type: list
  elements: str
  sample: ["no packet over IPv6 comes to ufw's chains"]
"""

import contextlib
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.printops.firewall.plugins.module_utils._confirm.change import (
    CONFIRM_OPTIONS,
    FOREIGN_OPTIONS,
    NETWORK_OPTIONS,
    Change,
    ForeignError,
)
from ansible_collections.printops.firewall.plugins.module_utils._confirm.traces import PendingError
from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import EGRESS_OPTIONS, Egress, egress_of
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    RULE_OPTIONS,
    Rule,
    RuleError,
    diff_rules,
    parse_rules,
)
from ansible_collections.printops.firewall.plugins.module_utils._ufw.apply import (
    Survey,
    commit,
    covered,
    lines,
    others_openings,
    shut_before,
    snapshot,
    start,
    survey,
    warnings,
    wider_foreign,
    withdraw,
)
from ansible_collections.printops.firewall.plugins.module_utils._ufw.host import Host, UfwHostError

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible_collections.printops.firewall.plugins.module_utils._confirm.found import Found

ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "rules": {"type": "list", "elements": "dict", "options": RULE_OPTIONS},
    "management": {"type": "list", "elements": "str", "default": []},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    **EGRESS_OPTIONS,
    **FOREIGN_OPTIONS,
    **CONFIRM_OPTIONS,
    **NETWORK_OPTIONS,
}


def run(module: AnsibleModule, host: Host) -> dict[str, t.Any]:
    """Bring C(host) to the parameters' state and return the result; raises C(RuleError) or C(UfwHostError)."""
    change = Change.of(module, provider="ufw")
    rules, management, egress = _request(module.params, change)
    foreign: list[str] = []
    blocked: list[str] = []
    with contextlib.ExitStack() as guarded:
        with change.alone(host.locked):
            found = survey(host, rules=rules, management=management, egress=egress)
            if module.params["state"] == "present":
                change.warn_if_cut_off((*management, *rules))
                foreign = wider_foreign(host, found, rules=(*rules, *management))
                change.hear_foreign(foreign, refuse=module.params["foreign_rules"] == "refuse")
                blocked = shut_before(found, rules=(*rules, *management))
                for text in (*blocked, *warnings(host, found, rules=rules)):
                    module.warn(f"ufw_rules: {text}")
            starts = module.params["start"] and not found.is_running
            stops = module.params["as_found"] and found.settings.enabled and change.record(host.root).is_to_stop()
            changed = bool(found.changed_files or found.to_load or starts or stops)
            acts = changed and not module.check_mode
            turned = ""
            if stops or (starts and not found.settings.enabled):
                turned = _turned(host, found, rules=(*rules, *management), stops=stops, done=acts)
                change.warn(turned)
            if acts:
                change.refuse_without_proof()
                if module.params["state"] == "present":
                    change.record(host.root).note(lambda: _as_found(module, host, found), starts=starts)
                guarded.enter_context(change.guard(snapshot(host, found, starts=starts, stops=stops)))
                if not stops:
                    commit(host, found)
        if acts and starts:
            start(host, found)
        if acts and stops:
            withdraw(host)
    result = _result(found, rules=[rule for rule in rules if rule.direction == "in" or egress], management=management)
    if module.params["state"] == "present":
        change.warn_if_a_way_in_goes(result["removed"], management=management)
    return {
        **result,
        "changed": changed,
        "repaired": bool(found.to_load or (starts and found.settings.enabled)) and not found.changed_files,
        "reasons": found.reasons,
        "running": (found.is_running or (acts and starts)) and not (acts and stops),
        "started": starts and not found.settings.enabled,
        "stopped": stops,
        "turned": turned,
        "foreign": foreign,
        "blocked": blocked,
        **change.result(acted=acts),
    }


def _as_found(module: AnsibleModule, host: Host, found: Survey) -> Found:
    from ansible_collections.printops.firewall.plugins.module_utils._confirm.found import (
        Found,
        is_at_boot,
        nft_tables,
        ufw_settings,
    )

    def run(command: list[str]) -> tuple[int, str, str]:
        return module.run_command(command, environ_update={"LC_ALL": "C"}, handle_exceptions=False)

    return Found(
        known=not any(file.own for file in found.before.values()),
        active=found.settings.enabled,
        at_boot=is_at_boot(run, unit="ufw"),
        files={str(host.rules_path(version)): found.before[version].render() for version in found.before},
        sysctl=ufw_settings(host.root),
        tables=nft_tables(run),
    )


def _turned(host: Host, found: Survey, *, rules: t.Sequence[Rule], stops: bool, done: bool) -> str:
    """What turning ufw on or off cuts off or lays open."""
    from ansible_collections.printops.firewall.plugins.module_utils._host.listeners import listeners
    from ansible_collections.printops.firewall.plugins.module_utils._rules.turning import turned_off, turned_on

    listening = [one.as_json() for one in listeners(proc=host.root / "proc")]
    if stops:
        return turned_off(listening, done=done)
    return turned_on(listening, rules=rules, others=others_openings(host, found), done=done)


def _request(params: t.Mapping[str, t.Any], change: Change) -> tuple[tuple[Rule, ...], tuple[Rule, ...], Egress | None]:
    """The rules of the plan, those for management, and what may leave the host."""
    if params["state"] == "absent":
        return (), (), None
    rules = parse_rules([{key: value for key, value in raw.items() if value is not None} for raw in params["rules"]])
    management = change.management(params["management"])
    return rules, management, egress_of(params, rules=rules, management=management)


def _result(found: Survey, *, rules: t.Sequence[Rule], management: t.Sequence[Rule]) -> dict[str, t.Any]:
    before, after = lines(found.before), lines(found.after)
    were, are = set(before), set(after)
    return {
        "added": [line for line in after if line not in were],
        "removed": [line for line in before if line not in are],
        "covered": covered(found),
        "rules": len(rules),
        "management": [str(remote) for rule in management for remote in rule.remotes],
        "diff": diff_rules(before=before, after=after, header="ufw rules of printops.firewall"),
    }


def main() -> None:
    module = AnsibleModule(
        argument_spec=ARGUMENTS, required_if=[("state", "present", ["rules"])], supports_check_mode=True
    )
    try:
        result = run(module, Host())
    except (RuleError, UfwHostError, PendingError, ForeignError) as error:
        module.fail_json(msg=f"ufw_rules: {error}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
