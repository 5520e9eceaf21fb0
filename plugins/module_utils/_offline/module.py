# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the rule modules use of Ansible's C(AnsibleModule), for a rendered folder on a host that has no Ansible.

Arguments come from a document that the collection wrote itself, so that nothing is converted: another type is an error.
"""

from __future__ import annotations

import copy
import os
import shutil
import subprocess
import typing as t
from dataclasses import dataclass, field

Options = t.Mapping[str, t.Mapping[str, t.Any]]

_TYPES = {"str": str, "int": int, "bool": bool, "list": list, "dict": dict}


class ArgumentError(ValueError):
    """Arguments that the module does not take; the message names the option."""


class EndedError(SystemExit):
    """The module has answered, with C(result)."""

    def __init__(self, result: t.Mapping[str, t.Any]) -> None:
        super().__init__(1 if result.get("failed") else 0)
        self.result = result


@dataclass
class Call:
    """One call of a module's C(main)."""

    arguments: t.Mapping[str, t.Any]
    check_mode: bool
    warnings: t.List[str] = field(default_factory=list)

    def of(self, main: t.Callable[[], None]) -> t.Mapping[str, t.Any]:
        """The result of the module, with C(failed) and C(msg) where it failed; raises C(ArgumentError)."""
        AnsibleModule.call = self
        try:
            main()
        except EndedError as ended:
            return ended.result
        raise RuntimeError("the module ended without an answer")


class AnsibleModule:
    """The part of Ansible's class that the rule modules use."""

    call: t.ClassVar[Call] = Call(arguments={}, check_mode=False)
    is_confirmed_by_hand: t.ClassVar[bool] = True
    """Whoever confirms must prove that a new session gets in; see C(session.py)."""

    def __init__(
        self,
        *,
        argument_spec: Options,
        required_if: t.Sequence[t.Tuple[str, t.Any, t.Sequence[str]]] = (),
        supports_check_mode: bool = False,
    ) -> None:
        if self.call.check_mode and not supports_check_mode:
            raise ArgumentError("the module has no check mode")
        self.check_mode = self.call.check_mode
        self.params = checked(self.call.arguments, options=argument_spec, place="")
        for name, value, needed in required_if:
            for other in needed:
                if self.params[name] == value and self.params[other] is None:
                    raise ArgumentError(f"{other} is missing, which {name}={value} needs")

    def warn(self, text: str) -> None:
        self.call.warnings.append(text)

    def exit_json(self, **result: t.Any) -> t.NoReturn:
        raise EndedError(result)

    def fail_json(self, *, msg: str, **result: t.Any) -> t.NoReturn:
        raise EndedError({**result, "failed": True, "msg": msg})

    def run_command(
        self,
        command: t.Sequence[str],
        *,
        environ_update: t.Optional[t.Mapping[str, str]] = None,
        handle_exceptions: bool = True,
    ) -> t.Tuple[int, str, str]:
        """Status, output and errors of a command; one that cannot be started is an answer, or raises C(OSError)."""
        try:
            done = subprocess.run(
                list(command),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env={**os.environ, **(environ_update or {})},
                encoding="utf-8",
                errors="surrogateescape",
                check=False,
            )
        except OSError as error:
            if handle_exceptions:
                self.fail_json(msg=str(error))
            raise
        return done.returncode, done.stdout, done.stderr

    def get_bin_path(self, command: str) -> t.Optional[str]:
        return shutil.which(command)


def checked(given: t.Mapping[str, t.Any], *, options: Options, place: str) -> t.Dict[str, t.Any]:
    """The value or the default of every option, None where it has neither; raises C(ArgumentError)."""
    for name in given:
        if name not in options:
            raise ArgumentError(f"{place}{name} is no option; there are {', '.join(options)}")
    return {name: _value(given.get(name), option=option, place=f"{place}{name}") for name, option in options.items()}


def _value(value: t.Any, *, option: t.Mapping[str, t.Any], place: str) -> t.Any:
    if value is None:
        if option.get("required"):
            raise ArgumentError(f"{place} is missing")
        return copy.deepcopy(option.get("default"))
    kind = _TYPES[option["type"]]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ArgumentError(f"{place} is {value!r}; it must be of type {option['type']}")
    if kind is list:
        element = {**option, "type": option["elements"], "required": False, "default": None}
        items = t.cast("t.List[t.Any]", value)
        return [_value(item, option=element, place=f"{place}[{index}]") for index, item in enumerate(items)]
    if kind is dict and option.get("options"):
        return checked(t.cast("t.Dict[str, t.Any]", value), options=option["options"], place=f"{place}.")
    if option.get("choices") and value not in option["choices"]:
        raise ArgumentError(f"{place} is {value!r}; it must be one of {', '.join(option['choices'])}")
    return value
