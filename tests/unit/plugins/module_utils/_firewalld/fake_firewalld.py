# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A firewalld that loads the files of a folder, and speaks D-Bus as C(busctl) prints it."""

from __future__ import annotations

import pathlib
import shlex
import typing as t
import xml.etree.ElementTree as ElementTree

SHIPPED_SERVICE = '<service><port port="22" protocol="tcp"/></service>'
TABLE_HEAD = "table inet firewalld { # progname firewalld\n\tflags owner,persist\n"
RESIDUE = "table inet firewalld_policy_drop\n"
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
        self.restarts = 0
        self.lost = False
        self.residue = ""
        self.tampered: t.Callable[[str], str] = str
        for place in ("etc/firewalld/zones", "usr/lib/firewalld/services", "usr/sbin", "run/dbus"):
            (root / place).mkdir(parents=True)
        (self.folder / "zones/public.xml").write_text(FOREIGN_ZONE)
        (root / "usr/lib/firewalld/services/ssh.xml").write_text(SHIPPED_SERVICE)
        (root / "usr/sbin/firewalld").touch()
        (root / "run/dbus/system_bus_socket").touch()

    def run(self, command: list[str], data: str | None = None, /) -> tuple[int, str, str]:
        if command[0] == "nft":
            return self._nft(command[1:], data)
        if command == ["systemctl", "restart", "firewalld.service"]:
            self.restarts += 1
            self.running, self.lost, self.residue = True, False, ""
            self._reload()
            return 0, "", ""
        if command[:3] == ["systemctl", "--quiet", "is-enabled"]:
            return 1, "", ""
        if command == ["systemctl", "stop", "firewalld.service"]:
            self.running = False
            return 0, "", ""
        if command[0] == "firewall-offline-cmd":
            asked_version = command[1] == "--version"
            return (0, f"{self.version}\n", "") if asked_version or not self.check_fault else (1, "", self.check_fault)
        if command[0] in ("iptables", "ip6tables"):
            raise FileNotFoundError(command[0])
        assert command[0] == "busctl"
        asked = [word for word in command if not word.startswith("--")][4:]
        if asked[1] == "NameHasOwner":
            return 0, f"b {str(self.running).lower()}\n", ""
        if not self.running:
            return 1, "", "Call failed: The name org.fedoraproject.FirewallD1 was not provided by any .service files"
        return getattr(self, f"_{asked[1]}")(*asked[3:])

    def _nft(self, words: list[str], data: str | None) -> tuple[int, str, str]:
        if words[0] != "-s":
            self.kernel.append(" ".join(words) + (f"\n{data}" if data else ""))
        if "list" not in " ".join(words[:2]):
            return 0, "", ""
        return (1, "table inet other\n", "Error: No such file or directory") if self.lost else (0, self.listing(), "")

    def listing(self) -> str:
        """The table in the kernel, as C(nft -s list table) prints what the daemon has loaded."""
        policies = {name: policy for name, policy in self.policies.items() if policy is not None}
        jumps = {
            way: "".join(f"\t\tjump filter_{way}_policy_{name}\n" for name in policies if name.endswith(end))
            for way, end in (("IN", "in"), ("OUT", "out"))
        }
        base = "".join(
            f"\n\tchain filter_{way}PUT {{\n\t\ttype filter hook {way.lower()}put priority filter; policy accept;\n"
            f'\t\tct state {{ established, related }} accept\n\t\tiifname "lo" accept\n{jump}'
            "\t\treject with icmpx admin-prohibited\n\t}\n"
            for way, jump in jumps.items()
        )
        own = "".join(
            f"\n\tchain filter_{'OUT' if name.endswith('out') else 'IN'}_policy_{name} {{\n"
            + "".join(f"\t\t{line}\n" for rule in policy.findall("rule") for line in self._nft_lines(rule))
            + "\t}\n"
            for name, policy in policies.items()
        )
        return self.residue + self.tampered(f"{TABLE_HEAD}{base}{own}}}\n")

    def _nft_lines(self, rule: ElementTree.Element) -> list[str]:
        family = {"ipv4": "ip", "ipv6": "ip6"}.get(rule.get("family", ""), "")
        source, service, port = rule.find("source"), rule.find("service"), rule.find("port")
        where = ""
        if source is not None:
            address = source.get("address") or f"@{source.get('ipset')}"
            where = f"{family} saddr {address} "
        elif family:
            where = f"meta nfproto ipv{rule.get('family', '')[-1]} "
        if port is not None:
            return [f"{where}{port.get('protocol')} dport {port.get('port')} accept"]
        if service is not None:
            ports = self.services.get(service.get("name", ""), ElementTree.Element("service")).findall("port")
            return [f"{where}{one.get('protocol')} dport {one.get('port')} accept" for one in ports]
        return [f"{where}icmp type echo-request accept"]

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
        if self.lost and self.version.startswith(("0.", "1.")):
            self.residue, self.state = RESIDUE, "FAILED" if self.version.startswith("0.") else "RUNNING"
            return 1, "", "Call failed: COMMAND_FAILED: nft: No such file or directory"
        self.lost = False
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
