# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The folder of a Linux host: the rule module of the collection, its arguments, and commands that need no Ansible."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._firewalld import objects as _firewalld
from ansible_collections.printops.firewall.plugins.module_utils._firewalld import read as firewalld_read
from ansible_collections.printops.firewall.plugins.module_utils._offline.commands import COMMANDS, DEFAULT_TIMEOUT
from ansible_collections.printops.firewall.plugins.module_utils._offline.folder import FORMAT, RULES_FILE
from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import Egress, egress_of
from ansible_collections.printops.firewall.plugins.module_utils._rules.management import management_rules
from ansible_collections.printops.firewall.plugins.module_utils._rules.rules import Rule, RuleError, parse_rules
from ansible_collections.printops.firewall.plugins.module_utils._ufw import files as _ufw
from ansible_collections.printops.firewall.plugins.module_utils._ufw.egress import render_egress
from ansible_collections.printops.firewall.plugins.module_utils._ufw.placement import place
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import RenderError

from .model import (
    WINDOWS_OPTIONS,
    File,
    Request,
    block,
    text_of,
)
from .sources import PACKAGE, needed_sources

_OFFLINE = "plugins.module_utils._offline.commands"
_STOCK_BEFORE_RULES = {4: "", 6: "-A ufw6-before-output -p icmpv6 --icmpv6-type echo-request -j ACCEPT\n"}
"""What ufw as it is packaged lets out before it asks its rules, as far as it decides which rules a ping needs."""

_COMMAND = '''\
#!/usr/bin/python3 -IB
"""{purpose} Written by printops.firewall; see README.txt."""

import os
import sys

if sys.version_info < (3, 8):
    sys.exit("{command}: this is Python %d.%d, and it needs 3.8 or newer" % sys.version_info[:2])
sys.dont_write_bytecode = True
FOLDER = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(FOLDER, "lib"))

from {package}.{offline} import main

sys.exit(main("{command}", folder=FOLDER))
'''

_SHIM = f'''\
"""There is no Ansible here: what the rule module imports from it by this name is a stand-in of printops.firewall."""

from {PACKAGE}.plugins.module_utils._offline.module import AnsibleModule  # noqa: F401
'''

_README = """\
Firewall rules for {host} ({provider}), written by printops.firewall.

rules.txt    what this host will accept, a line for each rule and remote
rules.json   the same for the program, with everything else it is given
apply        makes {provider} accept that, and takes away what an earlier apply accepted and rules.txt does not have
confirm      keeps the change that apply or remove has made
remove       takes everything off again, and leaves the host as apply first found it
lib          the program: plain Python, the files that printops.firewall runs on hosts it reaches
SHA256SUMS   digests of all these files

It needs root, Python 3.8 or newer and {provider}; no network, no Ansible, no package. Rules of others are left alone.
Keep the folder where only root can write.

1. sha256sum --check SHA256SUMS
2. ./apply --check        prints each line that comes or goes, and changes nothing
3. ./apply                changes the firewall, and waits {seconds} s (--confirm-timeout SECONDS)
4. ./confirm              from a NEW session to this host; without it the host is back on its old rules in time,
                          or after its next boot

The address that the SSH session of apply comes from may reach the SSH port besides, by a rule of its own.
"""


def render_linux(request: Request) -> dict[str, File]:
    """The files for a host with firewalld or ufw; raises C(RenderError) for rules that it could not be given."""
    arguments = {"rules": request.rules, **_of_linux(request.options)}
    readme = _README.format(host=request.host, provider=request.provider, seconds=DEFAULT_TIMEOUT)
    files = {
        "README.txt": File.of(readme),
        "rules.txt": File.of("".join(f"{line}\n" for line in _lines(request, arguments))),
        RULES_FILE: File.of(_document(request, arguments)),
        "lib/ansible/__init__.py": File.of(""),
        "lib/ansible/module_utils/basic.py": File.of(_SHIM),
        "lib/ansible_collections/__init__.py": File.of(""),
    }
    for command, purpose in COMMANDS.items():
        text = _COMMAND.format(command=command, purpose=purpose, package=PACKAGE, offline=_OFFLINE)
        files[command] = File.of(text, executable=True)
    for path, content in needed_sources(_OFFLINE, f"plugins.modules.{request.provider}_rules").items():
        files[f"lib/{path}"] = File(content)
    return files


def _of_linux(options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {name: value for name, value in options.items() if name not in WINDOWS_OPTIONS}


def _document(request: Request, arguments: t.Mapping[str, t.Any]) -> str:
    """A member of the document a line, and a line for each rule and argument."""
    members = {
        "format": text_of(FORMAT),
        "host": text_of(request.host),
        "provider": text_of(request.provider),
        "addresses": text_of(request.addresses),
        "arguments": block(
            "{}",
            [
                f"{text_of(name)}: {block('[]', map(text_of, value), depth=2) if name == 'rules' else text_of(value)}"
                for name, value in arguments.items()
            ],
            depth=1,
        ),
    }
    return block("{}", [f"{text_of(name)}: {text}" for name, text in members.items()], depth=0) + "\n"


def _lines(request: Request, arguments: t.Mapping[str, t.Any]) -> list[str]:
    try:
        rules = parse_rules(arguments["rules"])
        management = management_rules(networks=arguments["management"], connection=None)
        egress = egress_of(arguments, rules=rules, management=management)
    except RuleError as error:
        raise RenderError(f"host {request.host}: {error}") from error
    return _LINES[request.provider](rules, management, egress)


def _firewalld_lines(rules: t.Sequence[Rule], management: t.Sequence[Rule], egress: Egress | None) -> list[str]:
    objects = _firewalld.render(rules=rules, management=management, ipsets=True, egress=egress, knows_sessions=True)
    return firewalld_read.lines(objects.files)


def _ufw_lines(rules: t.Sequence[Rule], management: t.Sequence[Rule], egress: Egress | None) -> list[str]:
    incoming = [rule for rule in (*management, *rules) if rule.direction == "in"]
    lines = []
    for version, before in _STOCK_BEFORE_RULES.items():
        wanted = _ufw.render_rules(incoming, version=version)
        if egress:
            wanted += render_egress(egress, version=version, before_rules=before)
        file = place(_ufw.RuleFile("", (), ""), wanted, version=version).file
        lines += [line for rule in file.own for line in _ufw.describe(rule)]
    return lines


_LINES = {"firewalld": _firewalld_lines, "ufw": _ufw_lines}
