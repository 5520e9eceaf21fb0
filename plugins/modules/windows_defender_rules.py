#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What does the work is the action plugin of the same name, on the controller; here is its documentation.

from __future__ import annotations

DOCUMENTATION = r"""
module: windows_defender_rules
short_description: The whole rule set of a Windows host in Windows Defender Firewall, in two calls
version_added: 0.1.0
description:
  - Makes Windows Defender Firewall accept exactly the given incoming rules, besides what rules of others accept, and
    takes away what an earlier run accepted and this one does not name.
  - >-
    Everything is compared and planned on the controller. The host is read in one call, and where something is to change
    it carries out a list of steps in a second one, through the COM interface of the firewall. Another collection is not
    needed for it.
  - >-
    Every rule of ours has the group C(printops.firewall), a name with a digest of what the rule is, and a description
    with the flows that ask for it. Rules of other groups are never touched, whatever their names are.
  - Rules are added before others are removed, the one for management first. A rule of ours that somebody disabled,
    changed or doubled is put right.
  - >-
    Before anything is written, it is found out whether the rules would be in force at all. A Group Policy that has
    rules of the host ignored, a stopped service, a block of all incoming connections, another maker's firewall in the
    place of this one, and rules for profiles of which the host has no network are errors that say what to do.
  - A change that would cut off the connection of the run is refused.
options:
  rules:
    description:
      - The rules, as the plan has them. Required if O(state=present).
      - Those with O(rules[].direction=out) are ignored.
  management:
    description:
      - Networks that may always reach the port that this run came by, such as 5986 of WinRM over HTTPS.
      - The address of the running session is added unless one of the networks has it. Name the networks of your
        controllers, or a run from another controller changes the host.
      - >-
        The session is the one that comes from an address of the controller's own. Where none does, because of an
        address translation for instance, all addresses that are connected to that port are added.
      - The rule for them holds on networks of every profile, so that nobody is locked out where Windows takes a network
        for another kind.
  profiles:
    description:
      - On networks of which profiles O(rules) are in force. V(any) means all three.
      - It is also these profiles that O(start) and O(default_inbound) are about.
    type: list
    elements: str
    choices: [domain, private, public, any]
    default: [any]
  default_inbound:
    description:
      - What becomes of incoming connections that no rule is about.
      - V(keep) leaves that as it is. V(block) closes them, as the very last step, and only where it is certain that the
        run can come in again.
    type: str
    choices: [keep, block]
    default: keep
  state:
    description:
      - V(present) enforces O(rules) and nothing else of ours.
      - V(absent) takes every rule of ours off, the one for management too.
  egress:
    description:
      - With V(allow), nothing of ours on the host is about what leaves it, and the profiles let out what they let out
        before a run of ours first restricted it.
      - With V(enforce), O(profiles) block what no rule lets out, and ours let this out - the rules with
        O(rules[].direction=out), what O(egress_extra), O(egress_dns), O(egress_time) and O(egress_domain) name,
        requests to DHCP servers, and neighbour discovery of IPv6. Answers to connections that came in go out, and
        loopback is not filtered.
      - What rules of others let out stays let out. It is told as a warning, and O(foreign_rules=refuse) fails because
        of it.
      - Fails for a member of a domain whose controllers the host uses could not be reached any more.
  foreign_rules:
    description:
      - What becomes of the run where an enabled rule of somebody else lets in whom O(rules) and O(management) keep out
        of a port which they open, on a network that the host is in.
      - V(report) tells it as a warning. V(refuse) fails before anything is changed, and names the rule.
      - >-
        A rule of somebody else that blocks what O(rules) open is always told as a warning, for in Windows a block wins
        over every allow.
  as_found:
    description:
      - For O(state=absent), also put the profiles back to what they were before a run of this collection first changed
        them.
  keep_connection:
    description:
      - Whether the address that the running session comes from, see O(management), may always reach the port that it
        came in on, by a rule that is first.
      - With V(false), only O(management) and O(rules) say who may.
  start:
    description:
      - Enable the firewall for O(profiles) where it is off, as the very last step, and only where it is certain that
        the run can come in again.
  confirm_timeout:
    description:
      - Seconds within which a change must be confirmed over a new connection, at least 10.
      - Before it changes anything, the host saves our rules and the settings of the profiles and registers a scheduled
        task that puts them back. The controller then resets its connection and has the task removed over a new one.
      - Where that does not succeed, the host is back on its old rules when the time is over, or after its next boot,
        and the task fails.
      - V(0) changes the host without confirmation.
  confirm_token:
    description:
      - Not used on Windows. It is there because the modules of the other providers have it.
extends_documentation_fragment:
  - printops.firewall._rules
  - printops.firewall._egress
  - printops.firewall._egress.additions
  - printops.firewall._foreign
  - printops.firewall._confirmed
attributes:
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Returns one line for each rule and remote, and one for each profile that is changed.
    support: full
  platform:
    description: Target platforms.
    platforms: windows
    support: full
  action:
    description: Indicates this has a corresponding action plugin, so some parts of the options run on the controller.
    support: full
requirements:
  - Windows Server 2016 or Windows 10, or newer, with Windows PowerShell 5.1, reached as an administrator by
    P(ansible.builtin.winrm#connection) or P(ansible.builtin.psrp#connection)
notes:
  - What of this was executed on a real Windows and what was not is told in C(docs/windows.md).
  - A rule has at most 1000 remote addresses; longer lists become several rules.
  - Loopback and multicast addresses of IPv6 are refused as remotes, because Windows takes no rule with one.
seealso:
  - module: printops.firewall.windows_defender_info
  - module: printops.firewall.windows_defender_change
  - module: printops.firewall.windows_defender_pending
  - module: printops.firewall.firewalld_rules
  - module: printops.firewall.ufw_rules
author:
  - the printops.firewall maintainers (@printops)
"""

EXAMPLES = r"""
- name: Accept what the plan says and nothing else of ours
  printops.firewall.windows_defender_rules:
    rules: "{{ lookup('printops.firewall.host_rules', inventory_hostname) }}"
    management: [198.51.100.0/28]

- name: Accept one flow, on networks of the domain only
  printops.firewall.windows_defender_rules:
    rules:
      - direction: in
        protocol: tcp
        ports: ["443", "5014-5019"]
        remotes: [10.1.20.0/24, "2001:db8:20::/64"]
        flows: [safeq6/management/1]
    profiles: [domain]

- name: Have the firewall on, and refuse everything that no rule names
  printops.firewall.windows_defender_rules:
    rules: "{{ lookup('printops.firewall.host_rules', inventory_hostname) }}"
    management: [198.51.100.0/28]
    start: true
    default_inbound: block

- name: Take everything of ours off
  printops.firewall.windows_defender_rules:
    state: absent
"""

RETURN = r"""
added:
  description: What is accepted now and was not before, one line for each rule and remote.
  returned: success
  type: list
  elements: str
  sample: ["allow in tcp 443 from 10.1.20.0/24 [safeq6/management/1]"]
removed:
  description: What our rules had before and have not now.
  returned: success
  type: list
  elements: str
  sample: ["allow in udp 161 from 10.1.20.0/24 [safeq6/mfd/3] (disabled)"]
rules:
  description: Number of the given incoming rules. The management rule is not counted.
  returned: success
  type: int
  sample: 17
running:
  description: Whether the firewall is on in every network that the host is in.
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
  sample: ["the Windows rule 'Web' lets everyone reach 443/tcp, wider than the plan"]
blocked:
  description: Rules of others that block what the given rules allow, one sentence each.
  returned: success
  type: list
  elements: str
turned:
  description:
    - Where this call turns the firewall on for a network of the host, or would in check mode, what listens and is
      neither in the given rules nor let in by anybody else's, so that it is cut off.
    - Where it turns it off, what listens and is open to everyone then.
    - Empty where it does neither.
  returned: success
  type: str
  sample: "WILL BE TURNED ON: default deny; listening and not in the plan, will be cut off: 7777/tcp python3"
started:
  description: Whether the firewall was enabled for a profile by this call, or would be in check mode.
  returned: success
  type: bool
stopped:
  description: Whether the firewall was disabled for a profile by this call, or would be in check mode.
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
"""
