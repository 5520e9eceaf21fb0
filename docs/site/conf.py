# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx makes the pages of the plugins; scripts/docs calls it."""

from __future__ import annotations

project = "printops.firewall"
extensions = ["sphinx_antsibull_ext"]
pygments_style = "ansible"
highlight_language = "YAML+Jinja"
html_theme = "alabaster"
html_show_sphinx = False
html_copy_source = False
default_role = "any"
nitpicky = True
# Pages of other collections, which are not built here.
nitpick_ignore_regex = [(r".*", r"ansible_collections\.(?!printops\.).*")]
