# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What AWX takes of a survey without a word, and then does otherwise than one thinks."""

from __future__ import annotations

import typing as t

KEYS = ("question_name", "question_description", "required", "type", "variable", "default", "choices", "min", "max")
TYPES = ("text", "textarea", "password", "integer", "float", "multiplechoice", "multiselect")
_NUMBERS: dict[str, tuple[type, ...]] = {"integer": (int,), "float": (int, float)}
_YAML_TRUTHS = ("yes", "no", "on", "off", "y", "n")

Question = t.Mapping[str, t.Any]


def survey_mistakes(template: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    """A sentence for each mistake in the survey of a job template or a workflow."""
    spec = template.get("survey_spec")
    if not spec:
        if template.get("survey_enabled"):
            yield "survey_enabled is true, and there is no survey_spec"
        return
    if not isinstance(spec, t.Mapping) or not {"name", "description", "spec"} <= spec.keys():
        yield "survey_spec must have name, description and spec"
        return
    if not template.get("survey_enabled"):
        yield "there is a survey_spec, and survey_enabled is not true"
    for question in spec["spec"]:
        place = f"the survey's question {question.get('variable')!r}"
        yield from (
            f"{place}: {one}" for one in _question_mistakes(question, variables=template.get("extra_vars") or {})
        )


def _question_mistakes(question: Question, *, variables: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    unknown = sorted(set(question) - {*KEYS})
    if unknown:
        yield f"there is no key {', '.join(unknown)}; known: {', '.join(KEYS)}"
    for key in ("question_name", "question_description", "variable", "type"):
        if not isinstance(question.get(key), str):
            yield f"{key} must be a text"
    if not isinstance(question.get("required"), bool):
        yield "required must be true or false"
    if question.get("variable") in variables:
        yield "extra_vars of the template have it too, and the survey's default, even a blank one, would replace them"
    yield from _default_mistakes(question)


def _default_mistakes(question: Question) -> t.Iterator[str]:
    kind, default, blank = question.get("type"), question.get("default"), question.get("default") in (None, "")
    if kind not in TYPES:
        yield f"type is {kind!r}; it must be one of {', '.join(TYPES)}"
    elif kind in _NUMBERS:
        least, most = question.get("min"), question.get("max")
        if isinstance(default, bool) or (not blank and not isinstance(default, _NUMBERS[kind])):
            yield f"default is {default!r}; it must be a number"
        elif not blank and ((least is not None and default < least) or (most is not None and default > most)):
            yield f"default is {default}, not within {least} and {most}: AWX would drop it without a word"
    elif kind in ("multiplechoice", "multiselect"):
        yield from _choice_mistakes(question)
    elif not isinstance(default, (str, type(None))):
        yield f"default is {default!r}; it must be a text"
    elif kind == "password" and not blank:
        yield "a password cannot have a default: the survey would change on every run, and everybody could read it"
    elif default and default != default.rstrip("\n"):
        yield "default ends in a line break: the survey would change on every run"


def _choice_mistakes(question: Question) -> t.Iterator[str]:
    choices, default = question.get("choices"), question.get("default")
    if (
        not isinstance(choices, (list, tuple))
        or not choices
        or not all(isinstance(one, str) and one for one in choices)
    ):
        yield f"choices is {choices!r}; it must be a list of texts"
        return
    truths = [one for one in choices if one.lower() in _YAML_TRUTHS]
    if truths:
        yield f"the choice {truths[0]} is a truth value where variables are YAML; write true or false"
    if question["type"] == "multiselect" and question.get("required"):
        yield "a multiselect that is required refuses a launch that leaves it out, whatever its default"
    if default in (None, ""):
        return
    if not isinstance(default, str):
        yield f"default is {default!r}; it must be a text" + (
            ", a line for each" if question["type"] == "multiselect" else ""
        )
        return
    for one in default.split("\n") if question["type"] == "multiselect" else [default]:
        if one not in choices:
            yield f"default is {one!r}, which is none of the choices: AWX would drop it without a word"
