# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The folder of a Linux host: the rule module of the collection, its arguments, and commands that need no Ansible."""

from __future__ import annotations

import hashlib
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
from .sources import PACKAGE, needed_sources, path_of

_OFFLINE = "plugins.module_utils._offline.commands"
_CHECK = "plugins.module_utils._offline.check"
_STOCK_BEFORE_RULES = {4: "", 6: "-A ufw6-before-output -p icmpv6 --icmpv6-type echo-request -j ACCEPT\n"}
"""What ufw as it is packaged lets out before it asks its rules, as far as it decides which rules a ping needs."""

_COMMAND = '''\
#!/usr/bin/python3 -IB
"exec" "/usr/bin/python3" "-IB" "$0" "$@"
"""{purpose} Written by printops.firewall; see README.txt."""

import sys

if sys.version_info < (3, 8):
    sys.exit("{command}: this is Python %d.%d, and it needs 3.8 or newer. Nothing was changed" % sys.version_info[:2])

import os

if not (sys.flags.isolated and sys.flags.dont_write_bytecode):
    os.execv(sys.executable, [sys.executable, "-IB"] + sys.argv)

import hashlib

FOLDER = os.path.dirname(os.path.realpath(__file__))
CHECK = os.path.join(FOLDER, "{check}")
try:
    with open(CHECK, "rb") as file:
        source = file.read().replace(b"\\r\\n", b"\\n")
except OSError as error:
    sys.exit("{command}: a file of the folder cannot be read: %s. Nothing was changed" % error)
if hashlib.sha256(source).hexdigest() != "{digest}":
    sys.exit("{command}: %s is not the file that was rendered and reviewed. Nothing was changed" % CHECK)
checks = {{"__name__": "checks"}}
exec(compile(source, CHECK, "exec"), checks)
checks["enter"]("{command}", FOLDER)

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

Keep the folder as it came, in a place where only root can write, such as /root. Each command looks first whether its
files are those of SHA256SUMS, no more and no fewer, and refuses to run otherwise. So bring a newer folder into an empty
place and not over this one, and let the output go to a file elsewhere. A signature may lie beside, as SHA256SUMS.asc.

1. sha256sum --check SHA256SUMS     and, if the sums are signed: gpg --verify
2. ./apply --check        prints each line that comes or goes, and changes nothing
3. ./apply                changes the firewall, and waits {seconds} s (--confirm-timeout SECONDS) for step 4
4. ./confirm              from a NEW session to this host; without it the host is back on its old rules in time,
                          or after its next boot

Where programs cannot be started from this file system (noexec): sh apply, in the place of ./apply.

confirm believes an SSH session that began after the change and came from another host, and a console (tty1, ttyS0,
hvc0). Anything else proves nothing, such as systemd-run, run0, cron or a session that was open before. With --unproven
it keeps the change all the same.

The address that the SSH session of apply comes from may reach the SSH port besides, by a rule of its own. apply from a
console or from cron leaves that rule of an earlier apply; apply from another address puts its own in its place.

If {provider} was off until now, it knows no session that is open: those that no rule lets in stand still after apply.

To take everything off: ./remove --check, ./remove, and ./confirm from a new session.

Exit status: 0 where all is as asked, 1 where it is not, 2 for wrong arguments.
"""


def render_linux(request: Request) -> dict[str, File]:
    """The files for a host with firewalld or ufw; raises C(RenderError) for rules that it could not be given."""
    arguments = {"rules": request.rules, **_of_linux(request.options)}
    readme = _README.format(host=request.host, provider=request.provider, seconds=DEFAULT_TIMEOUT)
    files = {
        "README.txt": File.of(readme),
        ".gitattributes": File.of("* -text\n"),
        "rules.txt": File.of("".join(f"{line}\n" for line in _lines(request, arguments))),
        RULES_FILE: File.of(_document(request, arguments)),
        "lib/ansible/__init__.py": File.of(""),
        "lib/ansible/module_utils/basic.py": File.of(_SHIM),
        "lib/ansible_collections/__init__.py": File.of(""),
    }
    sources = needed_sources(_CHECK, _OFFLINE, f"plugins.modules.{request.provider}_rules")
    files |= {f"lib/{path}": File(content) for path, content in sources.items()}
    check = f"lib/{path_of(_CHECK)}"
    for command, purpose in COMMANDS.items():
        text = _COMMAND.format(
            command=command,
            purpose=purpose,
            check=check,
            digest=hashlib.sha256(files[check].content).hexdigest(),
            package=PACKAGE,
            offline=_OFFLINE,
        )
        files[command] = File.of(text, executable=True)
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
