# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a user can get wrong, one exception for each layer that can tell."""

from __future__ import annotations

import typing as t

P = t.ParamSpec("P")
T = t.TypeVar("T")


class PrintopsError(Exception):
    """Base of all errors that a user can cause; the message names the place, what was given and what would be right."""


class CatalogError(PrintopsError):
    """A catalog file is not what the schema and the format ask for."""


class DocumentError(PrintopsError):
    """A vendor's document cannot be read, or what was asked of it cannot be done."""


class EstateError(PrintopsError):
    """The inventory does not say who runs what, where."""


class DecisionError(PrintopsError):
    """A decision of the operator cannot be read or does not exist."""


class ExpectationError(PrintopsError):
    """The plan is not what the operator's own assertions ask for."""


class PlanError(PrintopsError):
    """A plan file is not a plan, or not the plan of this inventory."""


class ReadinessError(PrintopsError):
    """The items to check before an installation, the attestations or what is asked of a check cannot be read."""


class VerifyError(PrintopsError):
    """What is asked of a verification, or what a host answered to it, cannot be read."""


class RenderError(PrintopsError):
    """A host cannot be rendered into a folder, or the folder is not one of ours."""


class ReportError(PrintopsError):
    """A report cannot be made of what was given, or not with what the controller has installed."""


class CombinedError(PrintopsError):
    """All that is wrong, one message a line; C(errors) are they."""

    def __init__(self, errors: t.Sequence[PrintopsError]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = tuple(errors)


def each_of(error: PrintopsError) -> t.Sequence[PrintopsError]:
    """The errors that one is, or that it tells together."""
    return error.errors if isinstance(error, CombinedError) else (error,)


def cause(error: BaseException | None) -> PrintopsError | None:
    """The one of ours that Ansible's error came of, if one is."""
    while error is not None and not isinstance(error, PrintopsError):
        error = getattr(error, "orig_exc", None) or error.__cause__ or error.__context__
    return error


class Mistakes:
    """Errors that are told together: each is noted where it is met, and C(tell) raises them all.

    As a context it notes what its body raises.
    """

    def __init__(self, noted: t.Iterable[PrintopsError] = ()) -> None:
        self._noted = list(noted)

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> bool:
        if not isinstance(error, PrintopsError):
            return False
        self._noted += each_of(error)
        return True

    def attempt(self, read: t.Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What C(read) gives; where it fails, C(None), which nobody sees who calls C(tell) before using it."""
        with self:
            return read(*args, **kwargs)
        return t.cast("T", None)

    def tell(self) -> None:
        """Raise what was noted, if anything was, once what was noted more than once."""
        different = list({str(error): error for error in self._noted}.values())
        if len(different) == 1:
            raise different[0]
        if different:
            raise CombinedError(different)


def closest(name: str, known: t.Iterable[str]) -> str:
    """A hint that ends an error message: the known name most like the given one, or all of a few."""
    candidates = sorted(known)
    similar = nearest(name, candidates)
    if similar:
        return f"did you mean {similar!r}?"
    if len(candidates) <= 12:
        return f"known: {', '.join(candidates) or 'none'}"
    return f"known: {', '.join(candidates[:12])}, … ({len(candidates)} in all)"


def nearest(name: str, known: t.Iterable[str], *, cutoff: float = 0.6) -> str:
    """The known name most like the given one; empty where none is as like it as C(cutoff), of 1."""
    # Imported here, because it is slow to load and most tasks of a run make no mistake.
    import difflib

    return next(iter(difflib.get_close_matches(name, sorted(known), n=1, cutoff=cutoff)), "")
