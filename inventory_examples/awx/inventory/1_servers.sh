#!/bin/sh
# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# The hosts of servers.csv. In this folder, Ansible would take each line of the other files for the name of a host.
exec python3 "$(dirname "$0")/../servers.py" "$@"
