# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A catalog that is wrong is refused with its file and the flow or key; random damage never passes unseen."""

from __future__ import annotations

import copy
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import CatalogError
from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.schema import check_catalog
from ansible_collections.printops.firewall.tests.unit.plugins.plugin_utils.support import Data, tiny_data

Path = tuple[t.Union[str, int], ...]

# What may be left out or be anything of its type without a catalog being less of one.
OPTIONAL = {
    "aliases", "suggested", "choices", "why", "risks", "travels", "addresses", "scope", "feature",
    "secured_twin", "rmi_twin", "part_of", "columns",
}  # fmt: skip


def refusal(data: object) -> str:
    with pytest.raises(CatalogError) as raised:
        check_catalog(data, file="tiny.yml")
    assert str(raised.value).startswith("tiny.yml")
    return str(raised.value)


def flow(data: Data, row: int) -> Data:
    return t.cast("Data", data["flows"][row - 1])


def test_the_small_catalog_is_one() -> None:
    assert check_catalog(tiny_data(), file="tiny.yml") == tiny_data()


def change(path: str, value: t.Any) -> t.Callable[[Data], None]:
    """Sets the key at a dotted path; flows go by their row."""

    def apply(data: Data) -> None:
        *way, last = path.split(".")
        target: t.Any = data
        for step in way:
            target = target[int(step) - 1] if isinstance(target, list) else target[step]
        target[last] = value

    return apply


WRONG: list[tuple[t.Callable[[Data], None], list[str]]] = [
    (change("format", "printops.firewall/catalog/2"), ["key format"]),
    (change("flavour", "x"), ["'flavour'"]),
    (change("flows.2.flavour", "x"), ["flow tiny/all/2", "'flavour'"]),
    (change("flows.2.unsecured", [{"protocol": "sctp", "ports": ["1"]}]), ["flow tiny/all/2", "unsecured", "'sctp'"]),
    (change("flows.2.unsecured", [{"protocol": "tcp", "ports": ["70000"]}]), ["flow tiny/all/2", "'70000'"]),
    (change("flows.2.unsecured", [{"protocol": "tcp", "ports": ["90-80"]}]), ["flow tiny/all/2", "'90-80'"]),
    (change("flows.2.unsecured", [{"protocol": "tcp", "ports": ["0"]}]), ["flow tiny/all/2", "'0'"]),
    (change("flows.2.unsecured", [{"protocol": "tcp", "ports": [80]}]), ["flow tiny/all/2", "80"]),
    (change("flows.2.unsecured", [{"protocol": "tcp", "decision": "nowhere"}]), ["flow tiny/all/2", "'nowhere'"]),
    (change("flows.2.client", ["agnet"]), ["flow tiny/all/2", "client", "'agnet'", "did you mean 'agent'"]),
    (change("flows.2.server", ["wbe"]), ["flow tiny/all/2", "server", "'wbe'", "did you mean 'web'"]),
    (change("flows.2.server", []), ["flow tiny/all/2", "server"]),
    (change("flows.2.feature", "scam"), ["flow tiny/all/2", "feature", "'scam'"]),
    (change("flows.2.id", "tiny/all/3"), ["flow tiny/all/3", "row 2"]),
    (change("flows.2.id", "tiny/none/2"), ["flow tiny/none/2", "sections"]),
    (change("flows.2.id", "other/all/2"), ["flow other/all/2", "'tiny'"]),
    (change("flows.2.as_printed", {"port": "", "client": ""}), ["flow tiny/all/2", "as_printed", "client, port"]),
    (change("flows.2.secured_twin", "tiny/all/99"), ["flow tiny/all/2", "secured_twin", "'tiny/all/99'"]),
    (change("flows.1.secured_twin", "tiny/all/1"), ["flow tiny/all/1", "secured_twin"]),
    (change("flows.2.secured_twin", "tiny/all/3"), ["flow tiny/all/2", "secured_twin", "tiny/all/3"]),
    (change("flows.2.rmi_twin", "tiny/all/99"), ["flow tiny/all/2", "rmi_twin", "'tiny/all/99'"]),
    (change("flows.2.rmi_twin", "tiny/all/3"), ["flow tiny/all/2", "rmi_twin", "the risk jmx"]),
    (change("flows.10.travels.groups", ["224.0.0"]), ["flow tiny/all/10", "travels.groups", "'224.0.0'"]),
    (change("flows.10.travels.groups", ["10.0.0.1"]), ["flow tiny/all/10", "travels.groups", "'10.0.0.1'", "239.192"]),
    (change("flows.10.travels", {"by": ["anycast"]}), ["flow tiny/all/10", "travels.by", "'anycast'"]),
    (change("flows.10.travels", {"by": ["multicast"]}), ["flow tiny/all/10", "travels"]),
    (change("flows.10.travels.by", ["broadcast"]), ["flow tiny/all/10", "travels"]),
    (change("flows.10.travels", {"by": ["multicast"], "decision": "install_port"}), ["tiny/all/10", "install_port"]),
    (change("flows.10.travels.members", ["agnet"]), ["flow tiny/all/10", "travels.members", "did you mean 'agent'"]),
    (change("flows.2.travels", {"by": ["broadcast"]}), ["flow tiny/all/2", "travels", "udp"]),
    (change("flows.2.properties", [{"name": "p", "sets": "port", "component": "wbe"}]), ["tiny/all/2", "'wbe'"]),
    (change("flows.2.treatment", "opt_in"), ["flow tiny/all/2", "because"]),
    (change("sections.all.rows", 16), ["section all", "15 flows", "16 rows"]),
    (change("components.group.addresses", ["any"]), ["component group", "addresses", "'any'"]),
    (change("components.printer_a.part_of", ["printers"]), ["component printer_a", "part_of", "'printers'"]),
    (change("components.printer.part_of", ["printer_a"]), ["component printer", "part_of leads back to itself"]),
    (change("components.printer.part_of", ["printers"]), ["component printer", "part_of", "'printers'"]),
    (change("decisions.install_port.suggested", ["70000"]), ["install_port", "suggested", "'70000'"]),
    (change("decisions.moved_port.choices", ["6030", "70000"]), ["moved_port", "choices", "'70000'"]),
    (change("decisions.install_port.fallback", {"ports": ["90-80"], "when": "x"}), ["install_port", "'90-80'"]),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "said"), WRONG, ids=[" ".join(said[:3]) for _damage, said in WRONG])
def test_wrong_catalogs_are_refused_with_the_place(damage: t.Callable[[Data], None], said: list[str]) -> None:
    data = tiny_data()
    damage(data)
    message = refusal(data)
    for part in said:
        assert part in message


def test_a_component_part_of_a_dangling_one_is_refused_in_any_order() -> None:
    data = tiny_data()
    data["components"] = {
        "printer_a": data["components"].pop("printer_a"),
        **data["components"],
        "printer": {**data["components"]["printer"], "part_of": ["nothing"]},
    }
    assert "component printer: part_of names 'nothing'" in refusal(data)


@pytest.mark.parametrize("raw", [None, [], "text", 7, {}, {"flows": None}, {"flows": [None]}, {1: 2}, {"flows": {}}])
def test_what_is_no_catalog_at_all_is_refused(raw: object) -> None:
    refusal(raw)


def places(value: t.Any, path: Path = ()) -> t.Iterator[Path]:
    items: t.Iterable[t.Any] = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        yield (*path, key)
        if isinstance(item, (dict, list)):
            yield from places(item, (*path, key))


PLACES = list(places(tiny_data()))
OPTIONAL_IN_FLOWS = {"unsecured", "secured", "ports", "decision", "treatment"}
junk = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=4),
    st.lists(st.text(max_size=3), max_size=2), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.sampled_from(["web", "tiny/all/1", "443", "70000", "10.0.0.1"]),
)  # fmt: skip


def parent_of(data: Data, path: Path) -> t.Any:
    target: t.Any = data
    for step in path[:-1]:
        target = target[step]
    return target


@settings(max_examples=200)
@given(st.sampled_from(PLACES), junk)
def test_any_value_anywhere_is_legal_or_refused_with_a_place(path: Path, value: t.Any) -> None:
    data = tiny_data()
    parent_of(data, path)[path[-1]] = copy.deepcopy(value)
    try:
        check_catalog(data, file="tiny.yml")
    except CatalogError as error:
        said = str(error)
        assert said.startswith("tiny.yml: ")
        named = [str(step) for step in path if isinstance(step, str)]
        assert any(name in said for name in named) or "flow " in said
    else:
        assert isinstance(value, type(parent_of(tiny_data(), path)[path[-1]]))


@settings(max_examples=100)
@given(st.sampled_from(PLACES))
def test_a_missing_key_is_refused_unless_it_is_optional(path: Path) -> None:
    data = tiny_data()
    del parent_of(data, path)[path[-1]]
    key = path[-1]
    names_kept = path[0] in ("components", "decisions", "features") and len(path) == 2
    legal = (
        key in OPTIONAL
        or isinstance(key, int)
        or (path[0] == "flows" and key in ("unsecured", "secured", "ports", "decision"))
    )
    if legal or names_kept or path == ("features",) or (path[0] == "flows" and key == "treatment"):
        try:
            check_catalog(data, file="tiny.yml")
        except CatalogError as error:
            assert str(error).startswith("tiny.yml: ")
    else:
        refusal(data)


@settings(max_examples=80)
@given(st.sampled_from([path for path in PLACES if isinstance(parent_of(tiny_data(), path), dict)]))
def test_an_unknown_key_is_refused_wherever_the_schema_has_keys(path: Path) -> None:
    data = tiny_data()
    named_by_the_author = path[0] in ("components", "decisions", "features", "sections") and len(path) == 2
    if not named_by_the_author:
        parent_of(data, path)["unheard_of"] = "x"
        assert "unheard_of" in refusal(data) or "as_printed" in refusal(data)
