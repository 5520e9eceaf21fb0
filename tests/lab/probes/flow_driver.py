# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on a machine of the lab: does what the modules of a verification do, without Ansible's wrapper.

Standard input has one JSON document: C(do) is C(listen), C(probe) or C(end), and the options beside it.
"""

from __future__ import annotations

import json
import sys
import time
import typing as t

sys.path.insert(0, "/opt/verify-trial")

from ansible_collections.printops.firewall.plugins.module_utils._verify.control import end
from ansible_collections.printops.firewall.plugins.module_utils._verify.listener import allow_many_files
from ansible_collections.printops.firewall.plugins.module_utils._verify.prober import Prober
from ansible_collections.printops.firewall.plugins.module_utils._verify.stand_in import stand_in


def probe(asked: dict[str, t.Any]) -> dict[str, t.Any]:
    allow_many_files()
    began = time.monotonic()
    attempts = Prober(asked["questions"], **asked["options"]).run()
    return {"attempts": attempts, "took_s": time.monotonic() - began}


def main() -> None:
    asked = json.load(sys.stdin)
    does: dict[str, t.Callable[[], t.Any]] = {
        "listen": lambda: stand_in(asked),
        "probe": lambda: probe(asked),
        "end": lambda: {"record": end(asked["secret"])},
    }
    print(json.dumps(does[asked["do"]]()))


main()
