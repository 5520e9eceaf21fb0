# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a user can get wrong, one exception for each layer that can tell."""

from __future__ import annotations

import typing as t


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


def closest(name: str, known: t.Iterable[str]) -> str:
    """A hint that ends an error message: the known name most like the given one, or all of a few."""
    # Imported here, because it is slow to load and most tasks of a run make no mistake.
    import difflib

    candidates = sorted(known)
    similar = difflib.get_close_matches(name, candidates, n=1)
    if similar:
        return f"did you mean {similar[0]!r}?"
    if len(candidates) <= 12:
        return f"known: {', '.join(candidates) or 'none'}"
    return f"known: {', '.join(candidates[:12])}, … ({len(candidates)} in all)"
