#!/usr/bin/env bash
# ansible-core 2.19.14, Python 3.11 or newer: what a plugin of a collection imports from its collection is compiled from
# its source in every process, as the collection loader neither reads nor writes bytecode. ansible-playbook forks a
# process for each task of each host, and a plugin that the parent has not loaded is loaded in each of them.
# Seen: a lookup and the two modules that it imports are compiled once for each host; nothing is kept in __pycache__ for
# the imported ones, while ansible-core's own modules are read from there.
# Fails where that is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install ansible-core==2.19.14
collection="$folder/collections/ansible_collections/example/words/plugins"
mkdir -p "$collection/lookup" "$collection/plugin_utils" "$folder/hooks"
echo 'SEPARATOR = " "' > "$collection/plugin_utils/separator.py"
cat > "$collection/plugin_utils/join.py" <<'PYTHON'
from ansible_collections.example.words.plugins.plugin_utils.separator import SEPARATOR


def join(words):
    return SEPARATOR.join(words)
PYTHON
cat > "$collection/lookup/words.py" <<'PYTHON'
DOCUMENTATION = """
name: words
short_description: Words with blanks between them
description: Joins them.
options:
  _terms:
    description: Words.
"""
from ansible.plugins.lookup import LookupBase
from ansible_collections.example.words.plugins.plugin_utils.join import join


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        return [join(terms)]
PYTHON
cat > "$folder/hooks/sitecustomize.py" <<'PYTHON'
import os
import sys


def note(event, arguments):
    if event == "compile" and "/example/words/plugins/plugin_utils/" in str(arguments[1]):
        with open(os.environ["COMPILED"], "a") as file:
            file.write(f"{os.path.basename(arguments[1])}\n")


sys.addaudithook(note)
PYTHON
cat > "$folder/play.yml" <<'YAML'
- hosts: all
  gather_facts: false
  connection: local
  tasks:
    - ansible.builtin.debug:
        msg: "{{ lookup('example.words.words', 'two', 'words') }}"
YAML
cd "$folder"
export COMPILED="$folder/compiled" PYTHONPATH="$folder/hooks" ANSIBLE_COLLECTIONS_PATH="$folder/collections"
venv/bin/ansible-playbook -i a,b,c,d,e play.yml > output
for module in join.py separator.py; do
    times=$(grep -c "^$module$" compiled)
    echo "$module: compiled $times times for 5 hosts"
    [ "$times" = 5 ]
done
kept=$(find "$collection/plugin_utils" -name '*.pyc' | wc -l)
echo "bytecode files kept for them: $kept"
[ "$kept" = 0 ]
