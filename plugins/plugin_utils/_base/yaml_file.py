# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Read YAML files of the operator: safe, and with a key given twice an error instead of the last one winning."""

from __future__ import annotations

import pathlib
import typing as t

import yaml

from .errors import CatalogError

MERGE_TAG = "tag:yaml.org,2002:merge"
MOST_NESTED = 64
"""Lists and mappings inside each other, aliases followed. No file of ours has ten; parsers differ in what they bear."""

_SafeLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeyLoader(_SafeLoader):  # type: ignore[misc,valid-type] # the C loader where there is one
    pass


def _construct_unique_mapping(loader: _UniqueKeyLoader, node: yaml.MappingNode) -> dict[t.Any, t.Any]:
    seen: set[t.Hashable] = set()
    for key_node, _value in node.value:
        if key_node.tag == MERGE_TAG:
            continue
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, t.Hashable):
            raise _key_error(node, key_node, "a key cannot be a list or a mapping")
        if key in seen:
            raise _key_error(node, key_node, f"key {key_node.value!r} is given twice")
        seen.add(key)
    loader.flatten_mapping(node)
    return dict(loader.construct_pairs(node, deep=True))


def _key_error(node: yaml.MappingNode, key_node: yaml.Node, problem: str) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError("while reading a mapping", node.start_mark, problem, key_node.start_mark)


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_unique_mapping)


def _check_nesting(text: bytes, *, loader: type[yaml.SafeLoader]) -> None:
    heights: dict[str, int] = {}
    opened: list[tuple[str | None, int]] = []

    def closed(height: int, *, mark: t.Any) -> None:
        if len(opened) + height > MOST_NESTED:
            raise yaml.composer.ComposerError(
                None, None, f"nested too deeply: more than {MOST_NESTED} lists and mappings inside each other", mark
            )
        if opened:
            anchor, highest = opened[-1]
            opened[-1] = anchor, max(highest, height)

    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, 0))
            closed(0, mark=event.start_mark)
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, highest = opened.pop()
            if anchor is not None:
                heights[anchor] = highest + 1
            closed(highest + 1, mark=event.end_mark)
        elif isinstance(event, yaml.AliasEvent):
            closed(heights.get(event.anchor or "", 0), mark=event.start_mark)


def read_yaml(path: pathlib.Path) -> tuple[bytes, t.Any]:
    """The bytes of a file and what they say; raises C(CatalogError) with the file, and the line where there is one."""
    try:
        text = path.read_bytes()
        try:
            _check_nesting(text, loader=_SafeLoader)
        except yaml.YAMLError:
            # libyaml looks ahead and may give up before it comes to where we would; the parser in Python does not.
            _check_nesting(text, loader=yaml.SafeLoader)
            raise
        return text, yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506 - a safe loader
    except (OSError, UnicodeDecodeError, ValueError, TypeError, yaml.YAMLError) as error:
        raise CatalogError(f"{path}: {error}") from error
