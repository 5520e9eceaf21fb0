# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A report of readiness as one HTML file that needs nothing else: no script, no image, no other file."""

from __future__ import annotations

import typing as t

from jinja2 import Environment

from .items import AREAS, shipped_items
from .model import Status
from .report import SIGNED, STATUSES, Report
from .report_text import (
    WORDS,
    signature_text,
    verdict,
)

_OPEN = (str(Status.FAIL), str(Status.UNKNOWN), str(Status.ATTEST))

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Readiness of {{ hosts | length }} server{{ '' if hosts | length == 1 else 's' }}, {{ made.at }}</title>
<style>
:root { color-scheme: light dark; --line: #8886; --fail: #b3261e; --open: #8a5a00; --good: #1b6e3c; --calm: #666; }
@media (prefers-color-scheme: dark) { :root { --fail: #ff8a80; --open: #ffc966; --good: #7fd6a0; --calm: #aaa; } }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { line-height: 1.2; }
h2 { margin-top: 2.5rem; border-bottom: 2px solid var(--line); }
table { border-collapse: collapse; width: 100%; margin: .7rem 0 1.5rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
thead th { border-bottom: 2px solid var(--line); }
td.number, th.number { text-align: right; }
.verdict { font-size: 1.15rem; font-weight: 600; padding: .6rem .9rem; border-left: .4rem solid var(--good); }
.verdict.not { border-color: var(--fail); }
.status { white-space: nowrap; font-weight: 600; }
.fail { color: var(--fail); } .could_not_check, .needs_attestation { color: var(--open); }
.pass, .signed { color: var(--good); } .not_applicable { color: var(--calm); font-weight: 400; }
.small { font-size: .86rem; color: var(--calm); overflow-wrap: anywhere; }
.small ul { margin: .2rem 0; padding-left: 1.1rem; }
code { font-size: .92em; }
@media print {
  body { max-width: none; margin: 0; font-size: 10pt; }
  h2 { break-before: page; } h2.first { break-before: auto; }
  tr, li { break-inside: avoid; } thead { display: table-header-group; }
  a { color: inherit; text-decoration: none; }
}
</style>
</head>
<body>
<h1>Readiness before the installation</h1>
<p class="verdict{{ '' if ready else ' not' }}">{{ verdict }}</p>
<p class="small">Made on {{ made.at }} by {{ made.collection }} {{ made.version }}.
{% if attestations %} Signatures from <code>{{ attestations }}</code>.{% endif %}
The run fails on: <code>{{ fail_on if fail_on is string else fail_on | join(', ') }}</code>.</p>

<h2 class="first" id="hosts">Servers</h2>
<table>
<thead><tr><th>Server</th>
{%- for status in statuses %}<th class="number">{{ words[status] }}</th>{% endfor %}</tr></thead>
<tbody>
{% for name, host in hosts.items() %}
<tr><td><a href="#host-{{ loop.index }}">{{ name }}</a>{{ '' if host.reached else ', not reached' }}</td>
{%- for status in statuses %}<td class="number{{ ' ' ~ status if host.counts[status] }}">{{ host.counts[status] }}</td>
{%- endfor %}</tr>
{% endfor %}
</tbody>
<tfoot><tr><th>All</th>{% for status in statuses %}<th class="number">{{ counts[status] }}</th>{% endfor %}</tr></tfoot>
</table>

<h2 class="first" id="open">What is left to do</h2>
{% if open %}
<table>
<thead><tr><th>Ends as</th><th>Server</th><th>Item</th><th>What, and what to do</th></tr></thead>
<tbody>
{% for one in open %}
<tr><td class="status {{ one.entry.status }}">{{ words[one.entry.status] }}</td>
<td><a href="#host-{{ one.number }}">{{ one.host }}</a></td>
<td>{{ one.entry.title }}<div class="small"><code>{{ one.entry.item }}</code>
{{- '' if one.entry.mandatory else ', not mandatory' }}</div></td>
<td>{{ one.entry.summary }}{% if one.entry.reason %}<div class="small">{{ one.entry.reason }}</div>{% endif %}
<div class="small">{{ one.entry.remedy }}</div></td></tr>
{% endfor %}
</tbody>
</table>
{% else %}
<p>Nothing.</p>
{% endif %}

{% if signed %}
<h2 class="first" id="signed">What was signed off</h2>
<table>
<thead><tr><th>Until</th><th>Server</th><th>Item</th><th>By</th><th>On</th><th>Reference</th><th>Counts</th></tr></thead>
<tbody>
{% for one in signed %}
<tr><td>{{ one.entry.signature.until }}</td><td>{{ one.host }}</td>
<td>{{ one.entry.title }}<div class="small"><code>{{ one.entry.item }}</code></div></td>
<td>{{ one.entry.signature.by }}</td><td>{{ one.entry.signature.on }}</td>
<td>{{ one.entry.signature.reference }}</td>
{% set counts = one.entry.status == 'signed' %}
<td class="{{ 'signed' if counts else 'fail' }}">
{{- 'yes' if counts else 'no: the check decides' if one.entry.signature.valid else 'no: expired' }}</td></tr>
{% endfor %}
</tbody>
</table>
{% endif %}

{% for name, host in hosts.items() %}
<h2 id="host-{{ loop.index }}">{{ name }}</h2>
{% if not host['items'] %}<p>Nothing is known of the server: it was left out, or the run failed there.</p>{% endif %}
{% for area in areas if host['items'] | selectattr('area', 'equalto', area) | list %}
<h3>{{ area | capitalize }}</h3>
<table>
<thead><tr><th>Ends as</th><th>Item</th><th>What was seen</th></tr></thead>
<tbody>
{% for entry in host['items'] if entry.area == area %}
<tr><td class="status {{ entry.status }}">{{ words[entry.status] }}</td>
<td>{{ entry.title }}<div class="small"><code>{{ entry.item }}</code>
{{- '' if entry.mandatory else ', not mandatory' }}</div></td>
<td>{% if entry.status != 'not_applicable' %}{{ entry.summary }}{% endif %}
{% if entry.reason %}<div class="small">{{ entry.reason }}</div>{% endif %}
{% if entry.signature %}<div class="{{ 'small' if entry.status == 'signed' else 'small fail' }}">
{{- signature(entry) }}</div>{% endif %}
{% if entry.evidence %}<div class="small"><ul>
{% for one in entry.evidence %}<li>{{ one.where }}, {{ one.when }}: {{ one.seen }}</li>
{% endfor %}</ul></div>{% endif %}</td></tr>
{% endfor %}
</tbody>
</table>
{% endfor %}
{% endfor %}
</body>
</html>
"""


def readiness_html(report: Report) -> str:
    """The page; every text is escaped."""
    numbered = [
        {"host": name, "number": number, "entry": entry}
        for number, (name, host) in enumerate(report["hosts"].items(), start=1)
        for entry in host["items"]
    ]
    template = Environment(autoescape=True, trim_blocks=True, keep_trailing_newline=True).from_string(_PAGE)
    return template.render(
        **report,
        areas=AREAS,
        open=sorted((one for one in numbered if one["entry"]["status"] in _OPEN), key=_urgency),
        signature=signature_text,
        signed=sorted((one for one in numbered if one["entry"]["signature"]), key=_until),
        statuses=STATUSES,
        verdict=verdict(report),
        words=WORDS,
    )


def _urgency(one: Report) -> tuple[int, bool, str, int]:
    entry: t.Any = one["entry"]
    order = list(shipped_items())
    return _OPEN.index(entry["status"]), not entry["mandatory"], one["host"], order.index(entry["item"])


def _until(one: Report) -> tuple[bool, str, str, str]:
    entry: t.Any = one["entry"]
    return entry["status"] == SIGNED, entry["signature"]["until"], one["host"], entry["item"]
