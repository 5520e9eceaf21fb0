#!/usr/bin/env bash
# ansible-core 2.19.14, Python 3.11 or newer: the variables of a host are put together by VariableManager.get_vars, which
# cleans its facts with vars/clean.py, clean_facts, though there are none. That asks the loader of connection plugins for
# the paths of all of them, and the loader reads the folders anew each time.
# Seen: four folders read for each host, every time that its variables are asked for; with INJECT_FACTS_AS_VARS
# off, none. In a loop over hostvars of 10,000 hosts this was 0.8 of 1.3 seconds.
# Fails where that is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install ansible-core==2.19.14
cat > "$folder/count.py" <<'PYTHON'
import sys

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.vars.manager import VariableManager

HOSTS = 100
init_plugin_loader()
loader = DataLoader()
inventory = InventoryManager(loader=loader, sources=["".join(f"h{number}," for number in range(HOSTS))])
manager = VariableManager(loader=loader, inventory=inventory)
hosts = inventory.get_hosts()
manager.get_vars(host=hosts[0])

read = []
sys.addaudithook(lambda event, arguments: read.append(arguments[0]) if event == "os.scandir" else None)
for host in hosts:
    manager.get_vars(host=host)
connection = [path for path in read if "connection" in str(path)]
print(f"{len(connection) / HOSTS:g} folders of connection plugins read for each of {HOSTS} hosts")
PYTHON
cd "$folder"
seen=$(ANSIBLE_INJECT_FACT_VARS=true "$folder/venv/bin/python" count.py)
without=$(ANSIBLE_INJECT_FACT_VARS=false "$folder/venv/bin/python" count.py)
printf 'facts injected:     %s\nfacts not injected: %s\n' "$seen" "$without"
[ "${without%% *}" = 0 ] && [ "${seen%% *}" -ge 1 ]
