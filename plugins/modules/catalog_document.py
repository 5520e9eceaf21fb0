#!/usr/bin/python
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: catalog_document
short_description: Read a vendor's document of ports, compare it with a catalog, and draft what brings the catalog to it
version_added: 0.1.0
author:
  - the printops.firewall maintainers (@printops)
description:
  - Reads a vendor's document as people have it, which is HTML saved from a browser (also as a single file), text as
    copying or C(pdftotext -layout) gives it, CSV, XLSX or Markdown. What the file is, is told by what is in it.
  - Finds the tables of ports by their headers, compares each row with the flows of a catalog, and tells which are
    unchanged, changed, new or gone, and which could not be read.
  - Drafts an overlay of the catalog, or a whole catalog for a product that has none. Rows that are new or whose
    meaning is in doubt stay closed (C(treatment=unanswered)) until somebody answers in the draft.
  - Runs on the controller and connects to nothing. Nothing of the document is run. A file may have 8 MB.
  - The playbook C(printops.firewall.catalog) calls it.
options:
  document:
    description: The file.
    type: path
    required: true
  base:
    description:
      - The catalog to compare with, a shipped one by name or your own by path, and paths of overlays over it. The draft
        takes the place of these overlays.
      - Without it, a whole catalog is drafted, and O(product) is needed.
    type: list
    elements: str
    default: []
  name:
    description:
      - The name of the overlay or catalog that is drafted, of small letters, digits and C(_).
      - By default made of the catalog and O(revision), or of O(product).
    type: str
    default: ""
  product:
    description: The product, for a whole catalog.
    type: str
    default: ""
  revision:
    description: The release that the document is of, in your own words. By default the name of the file.
    type: str
    default: ""
  title:
    description: The title of the document.
    type: str
    default: ""
  date:
    description: The date of the document.
    type: str
    default: ""
  draft:
    description:
      - The absolute path that the draft is written to. A file that is there and differs is an error, for it may have
        answers of yours.
    type: path
  json:
    description: The absolute path that the comparison is written to as JSON.
    type: path
  markdown:
    description: The absolute path that the comparison is written to as Markdown, for a ticket.
    type: path
  replace:
    description: Whether a draft that is there and differs is replaced.
    type: bool
    default: false
extends_documentation_fragment:
  - printops.firewall._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    platforms: all
requirements:
  - html5lib, for HTML
  - openpyxl, for XLSX
seealso:
  - plugin: printops.firewall.flows
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: See what a newer release changes, and draft the overlay
  printops.firewall.catalog_document:
    document: /home/me/Network_Communication.html
    base: [safeq6]
    revision: Autumn 2024
    draft: /home/me/inventory/catalogs/safeq6_autumn_2024.yml
  register: compared
"""

RETURN = r"""
text:
  description: The comparison for a terminal, as a table of all rows but the unchanged ones, and the questions.
  type: str
  returned: success
counts:
  description: How many rows are C(unchanged), C(changed), C(new), C(gone) and C(unread).
  type: dict
  returned: success
  sample: {changed: 4, gone: 1, new: 2, unchanged: 178, unread: 0}
written:
  description: Files that were written.
  type: list
  elements: str
  returned: success
"""
