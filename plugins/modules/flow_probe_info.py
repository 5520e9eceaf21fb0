#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: flow_probe_info
short_description: What becomes of many new connections from a host
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Tries flows from the source addresses that are given, in one process, and changes nothing.
  - To a listener of M(printops.firewall.flow_listener) it is told who answered; to anything else nothing is sent but an
    empty datagram, and a connection is closed as soon as it is accepted.
  - It is what the role P(printops.firewall.verify#role) uses.
options:
  questions:
    description:
      - What to try, as JSON, as the filter P(printops.firewall.verify_questions#filter) returns it for a host. A
        list of mappings with C(protocol), C(source), C(source_port) (0 for any), C(destination), C(port), C(tries), and
        C(expects), one of V(token), V(any), V(echo) and V(nothing).
    type: json
    required: true
  secret:
    description: That of the listeners.
    type: str
    required: true
  at_once:
    description: Attempts at the same time, between 1 and 1000.
    type: int
    default: 256
  timeout:
    description: Seconds after which an attempt counts as unanswered, at least 0.2.
    type: float
    default: 2
  bound:
    description: Seconds after which no more is tried.
    type: float
    default: 60
extends_documentation_fragment:
  - printops.firewall._attributes
  - printops.firewall._attributes.read_only
attributes:
  platform:
    platforms: linux
requirements:
  - Python 3.8 or newer on the host, without any library
"""

EXAMPLES = r"""
- name: Try a port three times
  printops.firewall.flow_probe_info:
    secret: "{{ secret }}"
    questions:
      - protocol: tcp
        source: 198.51.100.10
        source_port: 0
        destination: 198.51.100.20
        port: 443
        tries: 3
        expects: any
  register: answer
"""

RETURN = r"""
attempts:
  description:
    - For each of O(questions) its attempts; fewer where one failed or the time was over. Each has C(outcome), C(key)
      (the name of its packets), C(ms), C(detail), and where there are any C(icmp) (type, code, sender), C(token) (what
      a listener said) and C(left) (packets that left, answers and resets that came; V(null) where that cannot be seen).
  type: list
  elements: list
  returned: success
took_s:
  description: Seconds that it took.
  type: float
  returned: success
"""

import json
import signal
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.printops.firewall.plugins.module_utils._verify.listener import allow_many_files
from ansible_collections.printops.firewall.plugins.module_utils._verify.prober import Prober, check_question

_LONGER_S = 30


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "questions": {"type": "json", "required": True},
            "secret": {"type": "str", "required": True, "no_log": True},
            "at_once": {"type": "int", "default": 256},
            "timeout": {"type": "float", "default": 2},
            "bound": {"type": "float", "default": 60},
        },
        supports_check_mode=True,
    )
    given = module.params
    began = time.monotonic()
    try:
        questions = _questions(given)
        allow_many_files()
        # Even where this process hangs, it ends.
        signal.alarm(int(given["bound"]) + _LONGER_S)
        prober = Prober(
            questions,
            secret=given["secret"],
            at_once=given["at_once"],
            timeout_s=given["timeout"],
            bound_s=given["bound"],
        )
        attempts = prober.run()
    except (ValueError, OSError) as error:
        module.fail_json(msg=f"flow_probe_info: {error}")
    module.exit_json(changed=False, attempts=attempts, took_s=round(time.monotonic() - began, 3))


def _questions(given: t.Mapping[str, t.Any]) -> t.List[t.Dict[str, t.Any]]:
    for name, least, most in (("at_once", 1, 1000), ("timeout", 0.2, 60), ("bound", 1, 3600)):
        if not least <= given[name] <= most:
            raise ValueError(f"{name} is {given[name]}, and must be between {least} and {most}")
    questions = json.loads(given["questions"])
    if not isinstance(questions, list):
        raise ValueError("questions must be a list")
    for place, one in enumerate(questions):
        check_question(one, place=f"questions[{place}]")
    return questions


if __name__ == "__main__":
    main()
