# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: awx_mistakes
short_description: What AWX would take without a word and do otherwise than one thinks
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Looks at objects of AWX before they are sent, for what its API accepts and then drops, ignores or changes.
  - Keys that no module of C(awx.awx) has are told by the modules.
options:
  _input:
    description:
      - The lists of objects by the variables that C(infra.aap_configuration) reads, such as C(controller_templates).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Look at the templates before they are sent
  ansible.builtin.assert:
    that: not mistakes
    fail_msg: "{{ mistakes | join(' ') }}"
  vars:
    mistakes: "{{ {'controller_templates': controller_templates} | printops.firewall.awx_mistakes }}"
"""

RETURN = r"""
_value:
  description: A sentence for each mistake.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._awx.mistakes import mistakes
from ansible_collections.printops.firewall.plugins.plugin_utils._base.plain import plain


def _awx_mistakes(objects: t.Mapping[str, t.Any]) -> list[str]:
    return mistakes(plain(objects))


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., list[str]]]:
        return {"awx_mistakes": _awx_mistakes}
