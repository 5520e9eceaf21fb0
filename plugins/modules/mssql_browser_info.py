#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mssql_browser_info
short_description: Ask the browser service of Microsoft SQL Server for its instances
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Sends a question to UDP port 1434 of a database server, and returns the instances that its browser service names,
    with the TCP port of each. A named instance has a port that may change whenever it starts, and only this service
    tells it.
  - No login is needed. A server that does not answer is not a failure of this module.
options:
  host:
    description: The database server, as name or address.
    type: str
    required: true
  port:
    description: The UDP port of the browser service.
    type: int
    default: 1434
  instance:
    description:
      - An instance to look for. Where the service does not name it among all, it is asked for by name, since an
        instance may be hidden.
    type: str
  timeout:
    description: Seconds to wait for each answer.
    type: int
    default: 5
extends_documentation_fragment:
  - printops.firewall._attributes
  - printops.firewall._attributes.read_only
attributes:
  platform:
    platforms: posix
"""

EXAMPLES = r"""
- name: Find the port of an instance
  printops.firewall.mssql_browser_info:
    host: sql1.example.com
    instance: SAFEQ
  register: browser
  delegate_to: localhost
"""

RETURN = r"""
answered:
  description: Whether the service answered.
  type: bool
  returned: success
msg:
  description: Why there is no answer; empty where there is one.
  type: str
  returned: success
instances:
  description: The instances.
  type: list
  elements: dict
  returned: success
  contains:
    server:
      description: The name of the server, as the service says it.
      type: str
    instance:
      description: The name of the instance.
      type: str
    clustered:
      description: Whether the instance is part of a cluster.
      type: bool
    version:
      description: The version of the instance.
      type: str
    tcp:
      description: The TCP port, or nothing where the instance does not listen on TCP.
      type: int
    pipe:
      description: The named pipe, or empty.
      type: str
  sample:
    - {server: SQL1, instance: SAFEQ, clustered: false, version: 15.0.2000.5, tcp: 49321, pipe: ""}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.printops.firewall.plugins.module_utils._probe import ssrp


def instances_of(params: t.Mapping[str, t.Any]) -> t.List[t.Dict[str, t.Any]]:
    """All instances that are told, and the wanted one: a service that has it not leaves that question unanswered."""
    where = {"port": params["port"], "timeout": params["timeout"]}
    found = ssrp.parse(ssrp.ask(params["host"], instance="", **where))
    wanted = params["instance"]
    if wanted and wanted.lower() not in [one["instance"].lower() for one in found]:
        try:
            found += ssrp.parse(ssrp.ask(params["host"], instance=wanted, **where))
        except OSError:
            return found
    return found


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "host": {"type": "str", "required": True},
            "port": {"type": "int", "default": ssrp.PORT},
            "instance": {"type": "str"},
            "timeout": {"type": "int", "default": 5},
        },
        supports_check_mode=True,
    )
    place = f"{module.params['host']}:{module.params['port']}/udp"
    try:
        found = instances_of(module.params)
    except ssrp.SsrpError as error:
        module.exit_json(changed=False, answered=False, instances=[], msg=f"{place}: {error}")
    except OSError as error:
        reason = str(error) or f"no answer within {module.params['timeout']} s"
        module.exit_json(changed=False, answered=False, instances=[], msg=f"{place}: {reason}")
    module.exit_json(changed=False, answered=True, instances=found, msg="")


if __name__ == "__main__":
    main()
