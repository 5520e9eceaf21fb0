# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in gives the rule modules what Ansible gives them."""

from __future__ import annotations

import json
import types
import typing as t

import pytest
from ansible.module_utils import basic

from ansible_collections.printops.firewall.plugins.module_utils._offline.module import (
    AnsibleModule,
    ArgumentError,
    Call,
)
from ansible_collections.printops.firewall.plugins.modules import firewalld_rules, ufw_rules
from ansible_collections.printops.firewall.tests.older_ansible import patch_module_args

RULE = {"direction": "in", "protocol": "tcp", "ports": ["443"], "remotes": ["10.1.0.0/24"], "flows": ["a/b/1"]}
PING = {"direction": "out", "protocol": "icmp", "icmp_types": ["echo-request"], "remotes": ["::/0"], "flows": []}
GIVEN: tuple[dict[str, t.Any], ...] = (
    {"rules": [RULE, PING]},
    {"rules": [], "management": ["192.0.2.0/28"], "keep_connection": False, "start": True, "confirm_timeout": 0},
    {"rules": [RULE], "egress": "enforce", "egress_extra": [{"protocol": "udp", "ports": ["1"], "remotes": ["::1"]}]},
    {"rules": [RULE], "egress_dns": [], "egress_time": ["192.0.2.1"], "foreign_rules": "refuse"},
    {"state": "absent", "as_found": True, "confirm_timeout": 60, "confirm_token": "apply-0"},
)
REFUSED: tuple[dict[str, t.Any], ...] = (
    {},
    {"rules": [RULE], "rulez": []},
    {"rules": [{**RULE, "port": "1"}]},
    {"rules": [{key: value for key, value in RULE.items() if key != "flows"}]},
    {"rules": [{**RULE, "protocol": "sctp"}]},
    {"rules": [{**PING, "icmp_types": ["redirect"]}]},
    {"rules": [RULE], "state": "gone"},
    {"rules": [RULE], "start": []},
    {"rules": [RULE], "confirm_timeout": "soon"},
)
MODULES = pytest.mark.parametrize("module", [firewalld_rules, ufw_rules], ids=lambda module: module.__name__[-15:])


def spec_of(module: types.ModuleType, monkeypatch: pytest.MonkeyPatch) -> dict[str, t.Any]:
    """What the module's C(main) gives to C(AnsibleModule)."""
    given: dict[str, t.Any] = {}

    def take(**words: t.Any) -> t.NoReturn:
        given.update(words)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "AnsibleModule", take)
        with pytest.raises(KeyboardInterrupt):
            module.main()
    return given


def by_ansible(spec: dict[str, t.Any], arguments: dict[str, t.Any]) -> dict[str, t.Any]:
    with patch_module_args(arguments):
        return t.cast("dict[str, t.Any]", basic.AnsibleModule(**spec).params)


def by_stand_in(spec: dict[str, t.Any], arguments: dict[str, t.Any]) -> dict[str, t.Any]:
    AnsibleModule.call = Call(arguments=arguments, check_mode=False)
    return AnsibleModule(**spec).params


@MODULES
@pytest.mark.parametrize("arguments", GIVEN, ids=json.dumps)
def test_parameters_are_those_that_ansible_gives(
    module: types.ModuleType, arguments: dict[str, t.Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = spec_of(module, monkeypatch)
    assert by_stand_in(spec, arguments) == by_ansible(spec, arguments)


@MODULES
@pytest.mark.parametrize("arguments", REFUSED, ids=json.dumps)
def test_what_ansible_refuses_is_refused(
    module: types.ModuleType, arguments: dict[str, t.Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = spec_of(module, monkeypatch)
    with pytest.raises(SystemExit):
        by_ansible(spec, arguments)
    with pytest.raises(ArgumentError):
        by_stand_in(spec, arguments)


def test_nothing_is_converted() -> None:
    call = Call(arguments={"number": True}, check_mode=False)
    AnsibleModule.call = call
    with pytest.raises(ArgumentError, match="number is True; it must be of type int"):
        AnsibleModule(argument_spec={"number": {"type": "int"}})


def test_a_default_is_not_shared_between_calls() -> None:
    options = {"names": {"type": "list", "elements": "str", "default": []}}
    first = by_stand_in({"argument_spec": options}, {})
    first["names"].append("x")
    assert by_stand_in({"argument_spec": options}, {}) == {"names": []}


def test_check_mode_needs_a_module_that_has_it() -> None:
    AnsibleModule.call = Call(arguments={}, check_mode=True)
    with pytest.raises(ArgumentError, match="no check mode"):
        AnsibleModule(argument_spec={})


@pytest.mark.parametrize(
    ("end", "result"),
    [
        (lambda module: module.exit_json(changed=True), {"changed": True}),
        (lambda module: module.fail_json(msg="no", a=1), {"failed": True, "msg": "no", "a": 1}),
        (lambda module: module.run_command(["/does/not/exist"]), None),
    ],
)
def test_a_module_ends_with_its_result(end: t.Callable[[t.Any], None], result: dict[str, t.Any] | None) -> None:
    def main() -> None:
        module = AnsibleModule(argument_spec={}, supports_check_mode=True)
        module.warn("beware")
        end(module)

    call = Call(arguments={}, check_mode=True)
    answer = call.of(main)
    assert call.warnings == ["beware"]
    assert answer == result if result else "/does/not/exist" in answer["msg"]


def test_commands_say_what_they_say() -> None:
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    status, out, error = module.run_command(
        ["/bin/sh", "-c", 'echo "$WORD"; echo no >&2; exit 3'], environ_update={"WORD": "ünï"}
    )
    assert (status, out, error) == (3, "ünï\n", "no\n")
    with pytest.raises(FileNotFoundError):
        module.run_command(["/does/not/exist"], handle_exceptions=False)
