# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A firewalld that loads the files of a folder, and speaks D-Bus as C(busctl) prints it."""

from __future__ import annotations

import pathlib
import shlex
import xml.etree.ElementTree as ElementTree

SHIPPED_SERVICE = '<service><port port="22" protocol="tcp"/></service>'
NFT_LISTING = """table inet firewalld { # progname firewalld
\tflags owner,persist

\tchain filter_INPUT {
\t\ttype filter hook input priority filter + 10; policy accept;
\t\tdrop
\t}
}
"""
FOREIGN_ZONE = '<?xml version="1.0"?>\n<zone>\n  <service name="ssh"/>\n</zone>\n'


class FakeFirewalld:
    """C(refusal) is what a reload answers, once for each entry; None loads the files, C("lose") loads nothing."""

    def __init__(self, root: pathlib.Path, *, running: bool = True, version: str = "1.3.3") -> None:
        self.root = root
        self.folder = root / "etc/firewalld"
        self.running = running
        self.version = version
        self.state = "RUNNING"
        self.policies: dict[str, ElementTree.Element] = {}
        self.services: dict[str, ElementTree.Element] = {}
        self.ipsets: dict[str, ElementTree.Element] = {}
        self.refusals: list[str | None] = []
        self.check_fault: str | None = None
        self.reloads = 0
        self.rules_set: list[set[str]] = []
        self.refuses_rules = False
        self.kernel: list[str] = []
        for place in ("etc/firewalld/zones", "usr/lib/firewalld/services", "usr/sbin", "run/dbus"):
            (root / place).mkdir(parents=True)
        (self.folder / "zones/public.xml").write_text(FOREIGN_ZONE)
        (root / "usr/lib/firewalld/services/ssh.xml").write_text(SHIPPED_SERVICE)
        (root / "usr/sbin/firewalld").touch()
        (root / "run/dbus/system_bus_socket").touch()

    def run(self, command: list[str], data: str | None = None, /) -> tuple[int, str, str]:
        if command[0] == "nft":
            self.kernel.append(" ".join(command[1:]) + (f"\n{data}" if data else ""))
            return (0, NFT_LISTING, "") if command[1] == "list" else (0, "", "")
        if command[:3] == ["systemctl", "--quiet", "is-enabled"]:
            return 1, "", ""
        if command == ["systemctl", "stop", "firewalld.service"]:
            self.running = False
            return 0, "", ""
        if command[0] == "firewall-offline-cmd":
            asked_version = command[1] == "--version"
            return (0, f"{self.version}\n", "") if asked_version or not self.check_fault else (1, "", self.check_fault)
        assert command[0] == "busctl"
        asked = [word for word in command if not word.startswith("--")][4:]
        if asked[1] == "NameHasOwner":
            return 0, f"b {str(self.running).lower()}\n", ""
        if not self.running:
            return 1, "", "Call failed: The name org.fedoraproject.FirewallD1 was not provided by any .service files"
        return getattr(self, f"_{asked[1]}")(*asked[3:])

    @property
    def policy(self) -> ElementTree.Element | None:
        return self.policies.get("printops-in")

    @policy.setter
    def policy(self, policy: ElementTree.Element) -> None:
        self.policies["printops-in"] = policy

    def _GetAll(self, _interface: str) -> tuple[int, str, str]:  # noqa: N802
        return 0, f'a{{sv}} 3 "version" s "{self.version}" "state" s "{self.state}" "IPSetTypes" as 1 "hash:net"\n', ""

    def _getPolicySettings(self, name: str) -> tuple[int, str, str]:  # noqa: N802
        policy = self.policies.get(name)
        if policy is None:
            return 1, "", f"Call failed: INVALID_POLICY: {name}"
        rules = [rich_text(rule) for rule in policy.findall("rule")]
        quoted = " ".join('"' + rule.replace('"', '\\"') + '"' for rule in rules)
        description = policy.findtext("description")
        return (
            0,
            f'a{{sv}} 3 "description" s "{description}" "rich_rules" as {len(rules)} {quoted} "priority" i -1\n',
            "",
        )

    def _setPolicySettings(self, name: str, *words: str) -> tuple[int, str, str]:  # noqa: N802
        assert words[:3] == ("1", "rich_rules", "as")
        assert int(words[3]) == len(words[4:])
        if self.refuses_rules:
            return 1, "", "Call failed: COMMAND_FAILED"
        policy = self.policies[name]
        for rule in policy.findall("rule"):
            policy.remove(rule)
        policy.extend(rule_of(text) for text in words[4:])
        self.rules_set.append(set(words[4:]))
        return 0, "", ""

    def _getServiceSettings2(self, name: str) -> tuple[int, str, str]:  # noqa: N802
        ports = [(port.attrib["port"], port.attrib["protocol"]) for port in self.services[name].findall("port")]
        quoted = "".join(f' "{port}" "{protocol}"' for port, protocol in ports)
        return 0, f'a{{sv}} 2 "short" s "{name}" "ports" a(ss) {len(ports)}{quoted}\n', ""

    def _getEntries(self, name: str) -> tuple[int, str, str]:  # noqa: N802
        entries = [entry.text for entry in self.ipsets[name].findall("entry")]
        return 0, f"as {len(entries)}" + "".join(f' "{entry}"' for entry in entries) + "\n", ""

    def _getActiveZones(self) -> tuple[int, str, str]:  # noqa: N802
        return 0, 'a{sa{sas}} 1 "public" 1 "interfaces" 1 "host0"\n', ""

    def _checkPermanentConfig(self) -> tuple[int, str, str]:  # noqa: N802
        return (1, "", f"Call failed: {self.check_fault}") if self.check_fault else (0, "", "")

    def _reload(self) -> tuple[int, str, str]:
        self.reloads += 1
        refusal = self.refusals.pop(0) if self.refusals else None
        self.policies, self.state = {}, "FAILED" if refusal and refusal != "lose" else "RUNNING"
        if refusal == "lose":
            return 0, "", ""
        if refusal:
            return 1, "", f"Call failed: {refusal}"
        for kind in ("policies", "services", "ipsets"):
            paths = (self.folder / kind).glob("*.xml")
            setattr(self, kind, {path.stem: ElementTree.parse(path).getroot() for path in paths})  # noqa: S314
        return 0, "", ""


def rule_of(text: str) -> ElementTree.Element:
    """The element of a rich rule as C(rich_text) writes it."""
    rule = element = ElementTree.Element("rule")
    for word in shlex.split(text)[1:]:
        key, equals, value = word.partition("=")
        if equals:
            element.set(key, value)
        else:
            element = ElementTree.SubElement(rule, word)
    return rule


def rich_text(rule: ElementTree.Element) -> str:
    words = ["rule", *(f'{key}="{value}"' for key, value in rule.attrib.items())]
    for element in rule:
        words += [element.tag, *(f'{key}="{value}"' for key, value in element.attrib.items())]
    return " ".join(words)
