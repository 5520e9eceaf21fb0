# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The arguments of C(windows_defender_rules), whose rules Ansible would look at one text after another."""

from __future__ import annotations

import contextlib
import json
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.printops.firewall.plugins.module_utils._confirm.change import CONFIRM_OPTIONS, FOREIGN_OPTIONS
from ansible_collections.printops.firewall.plugins.module_utils._rules.egress import EGRESS_OPTIONS
from ansible_collections.printops.firewall.plugins.plugin_utils._base.plain import literal_json

from .record import PROFILES

ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "rules": {"type": "list", "elements": "dict"},
    "management": {"type": "list", "elements": "str", "default": []},
    "profiles": {"type": "list", "elements": "str", "choices": [*PROFILES, "any"], "default": ["any"]},
    "default_inbound": {"type": "str", "choices": ["keep", "block"], "default": "keep"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    **EGRESS_OPTIONS,
    **FOREIGN_OPTIONS,
    **CONFIRM_OPTIONS,
}


def literal_rules(value: t.Any, *, templar: t.Any) -> str:
    """The rules in JSON where none of their texts can be a template; empty where one can, or where they are no list.

    Of hundreds of rules, the templating alone would take longer than all the rest of a run that changes nothing. And a
    task's arguments go back with its result, which is sooner done with one text than with thousands of values.

    Also empty where a C(templar) cannot resolve one level alone, which is not promised of any.
    """
    resolve = getattr(templar, "resolve_to_container", None)
    rules = resolve(value) if resolve and not isinstance(value, list) else value
    return literal_json(rules) if isinstance(rules, list) else ""


def checked(arguments: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The arguments with their defaults; raises C(AnsibleActionFail) for one that is wrong.

    The validator copies all that it is given, and so hundreds of rules are kept from it. What is in them is for
    C(parse_rules) to check.
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    rules = _as_list(given.get("rules"))
    if isinstance(rules, list):
        given["rules"] = []
    outcome = ArgumentSpecValidator(ARGUMENTS, required_if=[("state", "present", ["rules"])]).validate(given)
    if outcome.error_messages:
        raise AnsibleActionFail(f"windows_defender_rules: {'; '.join(outcome.error_messages)}")
    params = dict(outcome.validated_parameters)
    return {**params, "rules": rules} if isinstance(rules, list) else params


def _as_list(rules: t.Any) -> t.Any:
    """What C(literal_rules) wrote, read again."""
    if isinstance(rules, str):
        with contextlib.suppress(ValueError, RecursionError):
            return json.loads(rules)
    return rules
