# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Troubles of firewalls, one after the other on one machine each: what a run says, and what packets say."""

from __future__ import annotations

import json
import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import EGRESS_OPTIONS
from ansible_collections.printops.firewall.plugins.plugin_utils._drift.host import host_drift
from ansible_collections.printops.firewall.plugins.plugin_utils._drift.model import Drift

from .conftest import Lab, Tell
from .probes import troubles
from .probes.confirmed import provider_of
from .probes.troubles import FIREWALLS, KNOCKS, MANAGEMENT, PRINTING, TROUBLES, Trouble, in_words
from .topology import machine_named

MORE = {**PRINTING, "ports": ["7001"], "remotes": ["198.18.21.30"], "flows": ["safeq6/mfd/3"]}
MANY = [{**MORE, "ports": [str(7000 + 2 * number)], "remotes": [f"198.18.40.{number}"]} for number in range(1, 26)]
"""More than firewalld is given without a reload."""
CALLS: dict[str, dict[str, t.Any]] = {
    "site": {"rules": [PRINTING], "management": MANAGEMENT},
    "grow": {"rules": [PRINTING, MORE], "management": MANAGEMENT},
    "large": {"rules": [PRINTING, *MANY], "management": MANAGEMENT},
    "detached": {"rules": [PRINTING, MORE], "management": []},
    "cut": {"rules": [PRINTING, MORE], "management": [], "keep_connection": False, "confirm_timeout": 10},
}
LISTEN = """
import socketserver, threading
class Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address, address_family, request_queue_size = True, socketserver.socket.AF_INET6, 128
class Hello(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"x")
for port in %r:
    threading.Thread(target=Tcp(("::", port), Hello).serve_forever).start()
"""
PROBE = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor
def answers(probe):
    source, target, port = probe
    try:
        with socket.create_connection((target, port), 1, (source, 0)) as connection:
            return connection.recv(1) == b"x"
    except OSError:
        return False
with ThreadPoolExecutor(25) as pool:
    print(json.dumps(list(pool.map(answers, json.loads(sys.argv[1])))))
"""
KEEP = {
    "ufw": "ufw reload; cp -a /etc/ufw /root/ufw.kept; cp -a /etc/default/ufw /root/ufw.defaults",
    "firewalld": "cp -a /etc/firewalld /root/firewalld.kept",
}
HEAL = {
    "ufw": """
rm -rf /etc/systemd/system/ufw.service.d; systemctl daemon-reload; systemctl --quiet disable nftables
systemctl --quiet enable ufw
rm -rf /etc/ufw; cp -a /root/ufw.kept /etc/ufw; cp -a /root/ufw.defaults /etc/default/ufw
systemctl stop holder
for one in iptables ip6tables; do
    update-alternatives --quiet --auto $one; $one-legacy -P INPUT ACCEPT; $one-legacy -F; $one-legacy -X
done
nft flush ruleset; /usr/lib/ufw/ufw-init start
""",
    "firewalld": """
[ ! -e /usr/sbin/nft.away ] || mv /usr/sbin/nft.away /usr/sbin/nft
rm -rf /etc/systemd/system/firewalld.service.d; systemctl daemon-reload; systemctl --quiet disable nftables
rm -rf /etc/firewalld; cp -a /root/firewalld.kept /etc/firewalld
systemctl unmask firewalld; systemctl enable firewalld
iptables-legacy -P INPUT ACCEPT; iptables-legacy -F; iptables-legacy -X
systemctl stop firewalld; nft flush ruleset; iptables -F; ip6tables -F; systemctl start firewalld
until timeout 20 firewall-cmd --quiet --state; do sleep 0.1; done
""",
}


class Outcome(t.NamedTuple):
    said: str
    before: str
    after: str


@pytest.fixture(name="outcomes", scope="module")
def outcomes_fixture(lab: Lab, request: pytest.FixtureRequest) -> dict[Trouble, Outcome]:
    """Every trouble that a test of this run is about; the machines side by side."""
    params = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    wanted = [one["trouble"] for one in params if "trouble" in one]
    chosen = {host: [one for one in TROUBLES if one in wanted and one.host == host] for host in FIREWALLS}
    hosts = [host for host, several in chosen.items() if several]
    lab.reset(*hosts)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda host: list(_try(lab, host, chosen[host])), hosts))
    return {trouble: outcome for several in found for trouble, outcome in several}


def _try(lab: Lab, host: str, several: t.Sequence[Trouble]) -> t.Iterator[tuple[Trouble, Outcome]]:
    provider = provider_of(host)
    ports = [*troubles.PLANNED_PORTS, *troubles.OTHER_PORTS]
    _shell(lab, host, f"systemd-run --quiet --unit=listen python3 -c '{LISTEN % ports}'")
    first = _call(lab, host, "site")
    assert not first["failed"], first
    _shell(lab, host, f"systemctl --quiet enable --now {provider}; {KEEP[provider]}")
    for trouble in several:
        planted = lab.enter(host, ["sh", "-ec", trouble.plant])
        if planted.returncode:
            yield trouble, Outcome(f"NOT PLANTED: {planted.stderr}", "", "")
            continue
        before = in_words(_accepted(lab, host))
        try:
            said = _drift(lab, host) if trouble.call == "drift" else _said(_call(lab, host, trouble.call))
        except AssertionError as error:
            said = f"THE RUN DID NOT COME THROUGH: {error}"
        yield trouble, Outcome(said, before, in_words(_accepted(lab, host)))
        lab.enter(host, ["sh", "-c", HEAL[provider]])


def _shell(lab: Lab, host: str, command: str) -> str:
    done = lab.enter(host, ["sh", "-ec", command])
    assert done.returncode == 0, (host, command, done.stdout, done.stderr)
    return done.stdout


def _drift(lab: Lab, host: str) -> str:
    """What C(drift) says of a host whose plan is that of C(site), listeners apart."""
    answer = lab.ansible(
        host, module="printops.firewall.firewall_state_info", arguments={"provider": provider_of(host)}
    )
    assert not answer["failed"], answer
    part = {"components": [], "provider": provider_of(host), "rules": [PRINTING], "management": MANAGEMENT}
    plan = {"flows": {}, "hosts": {host: {**part, **{key: [] for key in EGRESS_OPTIONS}, "egress": "allow"}}}
    found = host_drift(plan, host, state={**answer["state"], "listeners": []})
    told = [f"{one.kind}: {one.what}" for one in found if not _is_in_other_rows(one)]
    return "; ".join(told) or "as planned"


def _is_in_other_rows(one: Drift) -> bool:
    """Whether it is about the product, which the lab does not have, or about the services of Debian's own zone."""
    return "nothing listens" in one.what or (one.kind.startswith("foreign_") and "zone public" in one.what)


def _call(lab: Lab, host: str, name: str) -> dict[str, t.Any]:
    module = f"printops.firewall.{provider_of(host)}_rules"
    python = "/usr/local/bin/python-of-no-session" if name == "detached" else "/usr/bin/python3"
    options = ["--extra-vars", f"ansible_python_interpreter={python}"]
    arguments = {"start": True, **CALLS[name]}
    found: dict[str, t.Any] = lab.ansible(host, module=module, arguments=arguments, options=options)
    return found


def _said(result: t.Mapping[str, t.Any]) -> str:
    facts = [name for name in ("repaired", "started", "changed") if result.get(name)]
    lists = [text for name in ("reasons", "foreign", "blocked") for text in result.get(name, ())]
    told = [result.get("msg", ""), result.get("turned", ""), *lists, *facts]
    return "; ".join(told if facts or result.get("msg") else [*told, "no change"])


def _accepted(lab: Lab, host: str) -> set[troubles.Knock]:
    ipv4, ipv6 = machine_named(name=host).addresses[:2]
    probes = [(source, ipv6 if ":" in source else ipv4, port) for port, source in KNOCKS]
    done = lab.enter("floor", ["python3", "-c", PROBE, json.dumps(probes)])
    assert done.returncode == 0, done.stderr
    return {knock for knock, answered in zip(KNOCKS, json.loads(done.stdout), strict=True) if answered}


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: f"{one.host}-{one.name}-{one.call}")
def test_trouble(trouble: Trouble, outcomes: dict[Trouble, Outcome], tell: Tell) -> None:
    found = outcomes[trouble]
    tell(f"{FIREWALLS[trouble.host]}: {trouble.name}: {trouble.says}: packets {found.before}, then {found.after}")
    assert trouble.says in found.said
    assert (found.before, found.after) == (trouble.before, trouble.after), found.said
