# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever an operator writes into a variable compiles, or fails with a message that says where."""

from __future__ import annotations

import datetime
import json
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import PrintopsError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.variables import (
    DECISION_VARIABLES,
    ESTATE_VARIABLES,
    VARIABLES,
)
from ansible_collections.printops.firewall.plugins.plugin_utils._compile.plan import compile_plan
from ansible_collections.printops.firewall.plugins.plugin_utils._plan.file import dump_plan
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import inventory, tiny_data

GROUPS = {"tiny_web": ["h1", "h2"], "tiny_agent": ["h2", "h3"], "tiny_printer_a": ["h3"]}
ADDRESSES = {"h1": "10.0.0.1", "h2": "10.0.0.2", "h3": "10.0.0.3"}
READ = (*ESTATE_VARIABLES, *DECISION_VARIABLES, "ansible_host")

words = st.one_of(
    st.sampled_from(
        ["", "lrs", "printer", "user", "install_port", "tiny/all/1", "scan", "scan_ports", "none", "secured", "443",
         "10.0.0.0/8", "10.0.0.9", "fe80::1%eth0", "2001:db8::/32", "brno", "all_ipv4_addresses", "1-70000"]
    ),
    st.text(max_size=6),
)  # fmt: skip
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 70000), st.floats(), words, st.binary(max_size=3), st.dates(),
    st.just(datetime.datetime(2026, 1, 1)),
)  # fmt: skip
keys = st.one_of(words, st.none(), st.booleans(), st.integers(0, 3), st.floats(allow_nan=False), st.dates())
junk = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3), st.lists(words, max_size=3).map(tuple)
    ),
    max_leaves=8,
)


@pytest.fixture(scope="session")
def catalog_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("catalogs") / "tiny.yml"
    file.write_text(json.dumps(tiny_data()), encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("variable", READ)
@settings(max_examples=30)
@given(junk, junk)
def test_junk_compiles_or_is_refused_by_name(catalog_file: str, variable: str, one: t.Any, other: t.Any) -> None:
    variables: dict[str, dict[str, t.Any]] = {host: {"ansible_host": address} for host, address in ADDRESSES.items()}
    variables["h3"]["printops_catalogs"] = [catalog_file]
    variables["h1"][variable] = one
    variables["h2"][variable] = other
    try:
        plan = compile_plan(inventory(GROUPS, variables))
    except PrintopsError as error:
        assert variable in str(error) or "has no address" in str(error)
    else:
        assert dump_plan(plan)


@given(junk)
def test_every_variable_at_once(value: t.Any) -> None:
    everything = dict.fromkeys(VARIABLES, value)
    with pytest.raises(PrintopsError, match="printops_"):
        compile_plan(inventory({"lrs_vpsx": ["h1"]}, {"h1": everything}))
