# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.

from __future__ import annotations


class ModuleDocFragment:
    LOOKUP = r"""
notes:
  - The plan is compiled once for a run of C(ansible-playbook), by the first task that asks, from the inventory and the
    variables as they are then.
  - It is compiled again where a host or a group has been added since, or where O(refresh=true).
  - Where C(printops_plan_fingerprint) is given, the plan is the approved one of C(printops_plan_file) or
    C(printops_plan_carried), and nothing is compiled. It must have that fingerprint, and each host of the inventory,
    which may be a part of the whole, must run what it says.
  - "Everything is read from inventory variables: C(printops_addresses), C(printops_site), C(printops_cluster),
    C(printops_networks), C(printops_security), C(printops_features), C(printops_ports), C(printops_accept),
    C(printops_refuse), C(printops_egress), C(printops_provider), C(printops_catalogs) and C(printops_resolve_names)."
options:
  refresh:
    description:
      - Compile again, for facts or variables that a task of this run has changed.
    type: bool
    default: false
requirements:
  - jsonschema
  - PyYAML
"""
