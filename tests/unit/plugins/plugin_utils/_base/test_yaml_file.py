# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML of the operator: read strictly, and every mistake told with the file."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.printops.firewall.plugins.plugin_utils._base import yaml_file
from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import CatalogError
from ansible_collections.printops.firewall.plugins.plugin_utils._base.yaml_file import read_yaml


def read(folder: pathlib.Path, text: str | bytes) -> t.Any:
    file = folder / "own.yml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    content, data = read_yaml(file)
    assert content == file.read_bytes()
    return data


def refused(folder: pathlib.Path, text: str | bytes) -> str:
    with pytest.raises(CatalogError) as caught:
        read(folder, text)
    message = str(caught.value)
    assert message.startswith(f"{folder / 'own.yml'}: ")
    return message


def test_what_is_read_is_what_yaml_says(tmp_path: pathlib.Path) -> None:
    assert read(tmp_path, "a: [1, '2']\nb: {c: null}\n") == {"a": [1, "2"], "b": {"c": None}}


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", "a", 3),
        ("flows:\n  - id: x\n    purpose: y\n    id: z\n", "id", 4),
        ("a: {b: 1, 'b': 2}\n", "b", 1),
        ("true: 1\nTrue: 2\n", "True", 2),
        ("x: &x {b: 1}\na:\n  <<: *x\n  c: 1\n  c: 2\n", "c", 5),
    ],
)
def test_a_key_given_twice_is_told_with_its_line(text: str, key: str, line: int, tmp_path: pathlib.Path) -> None:
    message = refused(tmp_path, text)
    assert f"key {key!r} is given twice" in message
    assert f"line {line}," in message.partition("given twice")[2]


def test_the_same_key_in_different_mappings_is_no_mistake(tmp_path: pathlib.Path) -> None:
    assert read(tmp_path, "- {a: 1}\n- {a: 2, b: {a: 3}}\n") == [{"a": 1}, {"a": 2, "b": {"a": 3}}]


def test_a_merged_mapping_is_one_that_own_keys_override(tmp_path: pathlib.Path) -> None:
    text = "x: &x {client: [user], scope: site}\ny:\n  <<: *x\n  scope: any\n"
    assert read(tmp_path, text)["y"] == {"client": ["user"], "scope": "any"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1\n", "line 2"),
        ("a: b\n c: d\n", "line 2"),
        ("a: 1\n---\nb: 2\n", "expected a single document"),
        ("? [1, 2]\n: x\n", "a key cannot be a list or a mapping"),
        ("? {a: 1}\n: x\n", "a key cannot be a list or a mapping"),
        ("a: !!python/object/apply:os.getcwd []\n", "could not determine a constructor"),
        ("a: !vault x\n", "could not determine a constructor"),
        ("a: &a {b: *a}\n", "recursive"),
        ("a: 2026-13-45\n", "month must be in 1..12"),
        ("a: \x00\n", "#x0000"),
        (b"a: \xff\xfe\n", "own.yml"),
        ("<<: 1\n", "mapping"),
    ],
)
def test_what_is_no_yaml_is_refused(text: str | bytes, said: str, tmp_path: pathlib.Path) -> None:
    assert said in refused(tmp_path, text)


def flow_lists(depth: int) -> str:
    return "[" * depth + "]" * depth


def block_mappings(depth: int) -> str:
    return "".join(f"{' ' * level}a:\n" for level in range(depth))


def block_lists(depth: int) -> str:
    return "- " * depth + "x"


def lists_by_alias(depth: int) -> str:
    return "".join(f"- &a{level} [{f'*a{level - 1}' if level else ''}]\n" for level in range(depth - 1))


@pytest.mark.parametrize("nested", [flow_lists, block_mappings, block_lists, lists_by_alias])
@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
def test_how_deep_a_file_may_nest_is_ours_to_say(
    nested: t.Callable[[int], str], loader: t.Any, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_file, "_SafeLoader", loader)
    read(tmp_path, nested(yaml_file.MOST_NESTED))
    for depth in (yaml_file.MOST_NESTED + 1, 900, 3000):
        message = refused(tmp_path, nested(depth))
        assert f"nested too deeply: more than {yaml_file.MOST_NESTED} lists and mappings" in message
        assert "line " in message


@pytest.mark.parametrize("name", ["missing.yml", "folder"])
def test_a_file_that_cannot_be_read_is_refused(name: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(CatalogError, match=name):
        read_yaml(tmp_path / name)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return tmp_path_factory.mktemp("yaml")


@given(st.one_of(st.binary(max_size=40), st.text(alphabet="ab:-? []{}&*!<'\"\n0.~|>%@,", max_size=30)))
def test_anything_is_read_as_yaml_reads_it_or_refused(folder: pathlib.Path, content: str | bytes) -> None:
    try:
        data = read(folder, content)
    except CatalogError as error:
        assert "own.yml" in str(error)
    else:
        assert repr(data) == repr(yaml.safe_load(content))
