# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of the stand-in for AWX, and what it says to a request about them."""

from __future__ import annotations

import typing as t

from .refusals import refusal, survey_refusal

Answer = tuple[int, t.Any]
Object = dict[str, t.Any]

BUILT_IN_TYPES = ("Machine", "Vault", "Source Control")
SECRETS = ("ssh_key_data", "vault_password", "password")
ENCRYPTED = "$encrypted$"
TEMPLATES = ("job_templates", "workflow_job_templates", "projects", "inventory_sources", "workflow_approval_templates")
PLAYBOOKS = tuple(
    f"playbooks/{name}.yml" for name in ("preinstall", "plan", "apply", "verify", "report", "drift", "explain")
)
KINDS = (
    "organizations",
    "teams",
    "credential_types",
    "credentials",
    "execution_environments",
    "inventories",
    "schedules",
    "workflow_job_template_nodes",
    "project_updates",
    *TEMPLATES,
)
ROLES = {
    "job_templates": ("admin_role", "execute_role", "read_role"),
    "workflow_job_templates": ("admin_role", "execute_role", "read_role", "approval_role"),
}


class Awx:
    def __init__(self) -> None:
        self._next = 1
        self.objects: dict[str, dict[int, Object]] = {kind: {} for kind in KINDS}
        self.surveys: dict[int, Object] = {}
        self.members: dict[tuple[str, int, str], list[int]] = {}
        for name in BUILT_IN_TYPES:
            self._add("credential_types", {"name": name, "kind": "ssh", "managed": True, "inputs": {}})

    def answer(self, method: str, words: tuple[str, ...], *, query: dict[str, str], data: Object) -> Answer:
        """The status and the body for a request about C(/api/v2/WORDS/)."""
        kind, *rest = words
        if kind == "unified_job_templates" and method == "GET" and not rest:
            every = [one for name in TEMPLATES for one in self.objects[name].values()]
            return 200, _page([one for one in every if _fits(one, query)])
        if kind == "roles" and len(rest) == 2:
            return self._association(method, ("roles", int(rest[0]), rest[1]), data=data)
        if kind not in self.objects:
            return 404, {"detail": "Not found."}
        if not rest:
            return self._list(method, kind, query=query, data=data)
        item = self.objects[kind].get(int(rest[0]))
        if item is None:
            return 404, {"detail": "Not found."}
        if len(rest) == 2:
            return self._related(method, kind, item, rest[1], data=data)
        return self._item(method, kind, item, data=data)

    def _list(self, method: str, kind: str, *, query: dict[str, str], data: Object) -> Answer:
        if method == "GET":
            names = {one["id"]: one["name"] for one in self.objects["workflow_job_templates"].values()}
            rows = [one for one in self.objects[kind].values() if _fits(one, query, workflow_names=names)]
            return 200, _page(list(map(_shown, rows)))
        wrong = refusal(kind, data, objects=self.objects, playbooks=PLAYBOOKS)
        if wrong:
            return 400, wrong
        return 201, _shown(self._add(kind, data))

    def _item(self, method: str, kind: str, item: Object, *, data: Object) -> Answer:
        if method == "GET":
            return 200, _shown(item)
        if method == "DELETE":
            del self.objects[kind][item["id"]]
            for node in [one for one in self._nodes() if one.get("workflow_job_template") == item["id"]]:
                if kind == "workflow_job_templates":
                    del self.objects["workflow_job_template_nodes"][node["id"]]
            return 204, None
        wrong = refusal(kind, {**item, **data}, objects=self.objects, playbooks=PLAYBOOKS, itself=item["id"])
        if wrong:
            return 400, wrong
        for key, value in data.items():
            merged = (
                {**value, **{k: item["inputs"].get(k) for k, v in value.items() if v == ENCRYPTED}}
                if key == "inputs"
                else value
            )
            item[key] = merged
        return 200, _shown(item)

    def _related(self, method: str, kind: str, item: Object, name: str, *, data: Object) -> Answer:
        if name == "survey_spec":
            if method == "GET":
                return 200, self.surveys.get(item["id"], {})
            wrong = survey_refusal(data)
            if wrong:
                return 400, {"error": wrong}
            self.surveys[item["id"]] = data
            return 200, {}
        if name == "create_approval_template" and method == "POST":
            approval = self._add("workflow_approval_templates", data)
            item["unified_job_template"] = approval["id"]
            item["related"]["unified_job_template"] = approval["url"]
            return 201, approval
        if name.endswith("_nodes") and kind != "workflow_job_template_nodes":
            return 404, {"detail": "Not found."}
        return self._association(method, (kind, item["id"], name), data=data)

    def _association(self, method: str, key: tuple[str, int, str], *, data: Object) -> Answer:
        members = self.members.setdefault(key, [])
        if method == "GET":
            return 200, _page([{"id": one} for one in members])
        if data.get("disassociate"):
            members.remove(data["id"])
        elif data["id"] not in members:
            members.append(data["id"])
        return 204, None

    def _nodes(self) -> list[Object]:
        return list(self.objects["workflow_job_template_nodes"].values())

    def _add(self, kind: str, data: Object) -> Object:
        number, self._next = self._next, self._next + 1
        url = f"/api/v2/{kind}/{number}/"
        item: Object = {
            **data,
            "id": number,
            "url": url,
            "type": kind.removesuffix("s"),
            "summary_fields": {},
            "related": {},
        }
        if kind in ROLES:
            item["related"]["survey_spec"] = f"{url}survey_spec/"
            item["summary_fields"]["object_roles"] = {
                role: {"id": number * 100 + place} for place, role in enumerate(ROLES[kind])
            }
        if kind == "projects":
            item |= {"scm_revision": "", "status": "pending"}
            update = self._add("project_updates", {"name": data["name"], "status": "successful", "project": number})
            item["summary_fields"]["current_update"] = {"id": update["id"]}
        self.objects[kind][number] = item
        return item


def _shown(item: Object) -> Object:
    """As AWX shows it: secrets are encrypted, also those of a vault's password."""
    if "inputs" not in item or "credential_type" not in item:
        return item
    inputs = {
        key: ENCRYPTED if key in SECRETS or key.endswith("_password") else value
        for key, value in item["inputs"].items()
    }
    return {**item, "inputs": inputs}


def _page(rows: list[Object]) -> Object:
    return {"count": len(rows), "next": None, "previous": None, "results": rows}


def _fits(item: Object, query: dict[str, str], *, workflow_names: t.Mapping[int, str] | None = None) -> bool:
    alternatives = {key.removeprefix("or__"): value for key, value in query.items() if key.startswith("or__")}
    if alternatives and not any(str(item.get(key)) == value for key, value in alternatives.items()):
        return False
    for key, value in query.items():
        if key in ("page_size", "order_by") or key.startswith("or__"):
            continue
        if key == "workflow_job_template__name":
            if (workflow_names or {}).get(item["workflow_job_template"]) != value:
                return False
        elif str(item.get(key)) != value:
            return False
    return True
