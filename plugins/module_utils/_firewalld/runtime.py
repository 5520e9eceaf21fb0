# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Changes of our loaded policy without a reload, and the record of what the loaded rules stand for then."""

from __future__ import annotations

import re
import typing as t
from xml.etree import ElementTree

from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import (
    Network,
    PortRange,
    RuleError,
    parse_network,
)

from .containers import parse_xml
from .objects import (
    POLICY,
    POLICY_FILE,
    Objects,
    service_name,
)
from .read import (
    UnreadableError,
    entries,
    service_rule,
)
from .rich import MEMBERSHIP_PROTOCOLS
from .small import (
    EVERY_NUMBER,
    FROM,
    UnclearError,
    small_steps,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from .daemon import Loaded
    from .host import Host

_PORTS = re.compile(r'"(?P<key>ports|source_ports)" a\(ss\) \d+(?P<pairs>(?: "[^"]*" "[^"]*")*)')
_PROTOCOLS = re.compile(r'"protocols" as \d+(?P<names>(?: "[^"]*")*)')
_PAIR = re.compile(r'"([^"]*)" "([^"]*)"')
_STRING = re.compile(r'"([^"]*)"')


class DaemonDefinitions:
    """Our services and ipsets, whose names stand for their content: from files, or else as the daemon has them."""

    def __init__(self, *, host: Host, files: t.Mapping[str, bytes]) -> None:
        self._host = host
        self._files = files
        self._ports: t.Dict[str, t.Sequence[t.Tuple[str, PortRange]]] = {}
        self._networks: t.Dict[str, t.Sequence[Network]] = {}

    def ports(self, service: str) -> t.Sequence[t.Tuple[str, PortRange]]:
        if service not in self._ports:
            self._ports[service] = self._ports_of(service)
        return self._ports[service]

    def networks(self, ipset: str) -> t.Sequence[Network]:
        if ipset not in self._networks:
            self._networks[ipset] = self._networks_of(ipset)
        return self._networks[ipset]

    def _ports_of(self, service: str) -> t.Sequence[t.Tuple[str, PortRange]]:
        content = self._files.get(f"services/{service}.xml")
        try:
            if content is not None:
                rule = service_rule(content)
                version = 6 if rule.protocol == "igmp" and MEMBERSHIP_PROTOCOLS[6].encode() in content else 4
                if service_name(rule, version=version) != service:
                    raise UnclearError(f"service {service} was edited")
                if rule.protocol == "igmp":
                    return [(MEMBERSHIP_PROTOCOLS[version], EVERY_NUMBER)]
                return [
                    *((rule.protocol, ports) for ports in rule.ports),
                    *((f"{rule.protocol} {FROM}", ports) for ports in rule.source_ports),
                ]
            said = self._host.daemon.ask("", "getServiceSettings2", "s", service)
            found = [
                (f"{protocol} {FROM}" if match["key"] == "source_ports" else protocol, PortRange.parse(numbers))
                for match in _PORTS.finditer(said)
                for numbers, protocol in _PAIR.findall(match["pairs"])
            ]
            names = _PROTOCOLS.search(said)
            return [*found, *((name, EVERY_NUMBER) for name in _STRING.findall(names["names"] if names else ""))]
        except (UnreadableError, RuleError) as error:
            raise UnclearError(f"service {service}: {error}") from error

    def _networks_of(self, ipset: str) -> t.Sequence[Network]:
        try:
            if f"ipsets/{ipset}.xml" in self._files:
                return entries(ipset, files=self._files)
            return [
                parse_network(text)
                for text in _STRING.findall(self._host.daemon.ask(".ipset", "getEntries", "s", ipset))
            ]
        except (UnreadableError, RuleError) as error:
            raise UnclearError(f"ipset {ipset}: {error}") from error


def adjust(host: Host, *, desired: t.Optional[Objects], before: t.Mapping[str, bytes], was: Loaded) -> bool:
    """Make the daemon, which was C(was), enforce C(desired) without a reload; whether it does now.

    Where it does not, a reload is needed: what is loaded may be neither the old rules nor the new then.
    """
    if desired is None or was.state != "RUNNING" or was.description is None or host.rescue.in_force():
        return False
    if not was.same_output(desired) or not _is_loaded(was, policy=before.get(POLICY_FILE)):
        return False
    try:
        definitions = DaemonDefinitions(host=host, files={**before, **desired.files})
        steps = small_steps(was.rich_rules, desired.rich_rules, definitions=definitions)
    except UnclearError:
        return False
    if steps is None:
        return False
    for rules in steps.lists:
        if not host.daemon.set_rules(POLICY, rules):
            return False
    loaded = host.loaded() if steps.lists else was
    expected = steps.lists[-1] if steps.lists else was.rich_rules
    if not loaded.has_rules(expected) or not loaded.same_output(desired):
        return False
    try:
        host.record.write(loaded.fingerprint(), stands_for=desired.content_mark)
    except OSError:
        return False
    return True


def _is_loaded(was: Loaded, *, policy: t.Optional[bytes]) -> bool:
    """Whether the loaded rules are those of the file, literally or as a record says."""
    mark = content_mark((policy or b"").decode("utf-8", "replace"))
    if policy is None or mark is None:
        return False
    try:
        rich_rules = parse_xml(policy, kind="policy", name=POLICY).rich_rules
    except ElementTree.ParseError:
        return False
    return was.stands_for == mark or (mark == content_mark(was.description or "") and was.has_rules(rich_rules))


def content_mark(text: str) -> t.Optional[str]:
    """The mark in a description or a file of the policy."""
    found = re.search(r"\bcontent [0-9a-f]{16}\b", text)
    return found[0] if found else None
