# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The items of the area network: from what was probed on a host to one outcome each."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReadinessError, closest

from ..items import Item
from ..model import Observed, Outcome
from .clock import decide_clock
from .model import Case, probe_of
from .ports import (
    decide_jmx_localhost,
    decide_ports_free,
)
from .speed import (
    decide_bandwidth,
    decide_latency,
)
from .ways import decide_outbound

_PREFIX = "preinstall/network/"
_DECIDERS: dict[str, t.Callable[[Case], Outcome]] = {
    "ports_free": decide_ports_free,
    "latency": decide_latency,
    "bandwidth": decide_bandwidth,
    "clock": decide_clock,
    "jmx_localhost": decide_jmx_localhost,
    "outbound": decide_outbound,
}
_ASKED = {
    "components",
    "questions",
    "programs",
    "latency_ms",
    "jobs_per_hour",
    "job_kb",
    "link_kbit",
    "clock_s",
    "may_be_closed",
    "throughput_port",
}


def decide(
    *, observed: Observed, asked: t.Mapping[str, t.Any], host: str, items: t.Sequence[Item]
) -> tuple[Outcome, ...]:
    """One outcome for each item.

    Of C(observed), the probe C(network_probe_info) is the result of the module of that name, or that of
    C(ansible.windows.win_powershell) with the same under C(result); C(clocks) are results of C(clock_info) by host,
    and C(throughput) is that of C(network_throughput_info) where C(asked["throughput_port"]) is not 0.
    C(asked["questions"]) is what C(network_questions) gave for the host. Raises C(ReadinessError) for an unknown key.
    """
    for key in asked:
        if key not in _ASKED:
            raise ReadinessError(f"host {host}: network: nothing is asked by the name {key!r}; {closest(key, _ASKED)}")
    probe, problem = probe_of(observed)
    return tuple(
        _DECIDERS[item.id.removeprefix(_PREFIX)](
            Case(item=item, host=host, observed=observed, asked=asked, probe=probe, problem=problem)
        )
        for item in items
    )
