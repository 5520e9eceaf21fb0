// Copyright (c) 2026, the printops.firewall maintainers
// GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const texts = data.texts;
  const lower = texts.map((text) => text.toLowerCase());
  const shown = new Map();
  const short = (index) => {
    const text = texts[index];
    if (text.length <= 90) return text;
    if (!shown.has(index)) {
      const parts = text.split(/,? /, 5);
      const all = text.split(/,? /).length;
      shown.set(index, all > 4 && !/[.] /.test(text) ? `${parts.slice(0, 3).join(", ")} and ${all - 3} more` : `${text.slice(0, 88)} …`);
    }
    return shown.get(index);
  };

  const ipv4 = (text) => {
    const parts = text.split(".");
    if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || part > 255)) return null;
    return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
  };
  const ranges = new Map();
  const holdsAddress = (index, address) => {
    if (!ranges.has(index)) {
      ranges.set(index, texts[index].split(" ").flatMap((cidr) => {
        const [network, bits] = cidr.split("/");
        const first = ipv4(network);
        return first === null ? [] : [[first, first + 2 ** (32 - Number(bits)) - 1]];
      }));
    }
    return ranges.get(index).some(([first, last]) => first <= address && address <= last);
  };
  // A port that begins so counts too, for who is still typing.
  const holdsPort = (text, typed) => text.split(",").some((part) => {
    const [first, last] = part.split("-");
    return part.startsWith(typed) || (Number(first) <= Number(typed) && Number(typed) <= Number(last || first));
  });

  class Sheet {
    constructor(name, table) {
      Object.assign(this, table, { name });
      this.width = table.columns.length;
      this.count = table.cells.length / this.width;
      this.visible = new Uint8Array(this.count).fill(1);
      this.used = table.columns.map((column, at) => {
        const seen = new Set();
        if (column.holds) for (let cell = at; cell < table.cells.length; cell += this.width) seen.add(table.cells[cell]);
        return [...seen];
      });
      this.place = (key) => table.columns.findIndex((column) => column.key === key);
    }

    rows() {
      return Array.from({ length: this.count }, (_none, number) => {
        const row = { number };
        this.columns.forEach((column, at) => { row[column.key] = texts[this.cells[number * this.width + at]]; });
        return row;
      });
    }

    matches(term) {
      // For each column, which texts match.
      const port = /^(\d{1,5})(?:\/(tcp|udp))?$/.exec(term);
      const address = ipv4(term);
      const plain = new Uint8Array(texts.length);
      for (let index = 0; index < texts.length; index += 1) if (lower[index].includes(term)) plain[index] = 1;
      return this.columns.map((column, at) => {
        const holds = port && column.holds === "ports" ? (index) => holdsPort(texts[index], port[1])
          : address !== null && column.holds === "networks" ? (index) => plain[index] || holdsAddress(index, address) : null;
        if (holds) {
          const found = new Uint8Array(texts.length);
          this.used[at].forEach((index) => { if (holds(index)) found[index] = 1; });
          return found;
        }
        return plain;
      });
    }

    filter(terms, chosen) {
      const wanted = terms.map((term) => ({ columns: this.matches(term), protocol: (/^\d+\/(tcp|udp)$/.exec(term) || [])[1] }));
      const protocol = this.columns.findIndex((column) => column.key === "protocol" || column.key === "ip_proto");
      const choices = Object.entries(chosen).filter(([key, value]) => value !== "*" && this.place(key) >= 0)
        .map(([key, value]) => [this.place(key), texts.indexOf(value)]);
      let left = 0;
      for (let row = 0; row < this.count; row += 1) {
        const base = row * this.width;
        let keep = choices.every(([at, index]) => this.cells[base + at] === index);
        for (let term = 0; keep && term < wanted.length; term += 1) {
          keep = !wanted[term].protocol || texts[this.cells[base + protocol]] === wanted[term].protocol;
          let any = false;
          for (let at = 0; keep && !any && at < this.width; at += 1) any = wanted[term].columns[at][this.cells[base + at]] === 1;
          keep = keep && any;
        }
        this.visible[row] = keep ? 1 : 0;
        left += keep ? 1 : 0;
      }
      this.left = left;
      return left;
    }

    show(built) {
      const holder = document.getElementById(`${this.name}-table`);
      const detail = (row) => this.detail(row);
      const cell = (at) => (component) => {
        const row = component.getData().number;
        const span = document.createElement("span");
        span.textContent = short(this.cells[row * this.width + at]);
        const word = span.textContent;
        if (["add", "remove", "keep", "plaintext", "fail", "unproven", "pass"].includes(word)) span.className = `status ${word}`;
        return span;
      };
      const first = (component) => {
        const row = component.getData();
        const button = document.createElement("button");
        button.type = "button";
        button.className = "row";
        button.textContent = row[this.columns[0].key];
        button.addEventListener("click", () => detail(row));
        return button;
      };
      this.table = new Tabulator(holder, {
        data: this.rows(),
        height: Math.min(560, 90 + this.count * 34), layout: "fitDataFill", rowHeight: 34, placeholder: "Nothing matches.",
        printAsHtml: true, printRowRange: "active", renderVerticalBuffer: 100, autoResize: false, nestedFieldSeparator: false,
        columns: this.columns.map((column, at) => ({
          title: column.heading, field: column.key, width: Math.max(column.heading.length * 8 + 40, Math.min(20 + column.width * 6, 210)), formatter: at ? cell(at) : first,
          formatterPrint: (component) => texts[this.cells[component.getData().number * this.width + at]].slice(0, 400),
          headerSortTristate: true,
          titleFormatter: (_component) => {
            const button = document.createElement("button");
            button.type = "button";
            button.textContent = column.heading;
            return button;
          },
        })),
      });
      this.table.on("tableBuilt", () => {
        holder.setAttribute("aria-label", this.title);
        // A grid may own rows, and nothing else that takes the focus; the buttons in its rows do.
        holder.querySelector(".tabulator-tableholder").removeAttribute("tabindex");
        built();
      });
    }

    detail(row) {
      const box = document.getElementById(`${this.name}-detail`);
      const list = document.createElement("dl");
      list.className = "detail";
      const add = (heading, content) => {
        const term = document.createElement("dt");
        const text = document.createElement("dd");
        term.textContent = heading;
        text.append(...content);
        list.append(term, text);
      };
      this.columns.forEach((column) => {
        const value = row[column.key];
        if (!value) return;
        const links = value.split(/[ ;,]+/).filter((word) => word in data.anchors);
        if (column.holds === "flows" && links.length) add(column.heading, links.flatMap((flow) => [this.link(flow), " "]));
        else add(column.heading, [value]);
      });
      const flows = row.flow ? [row.flow] : [];
      flows.forEach((flow) => (data.facts[flow] || []).forEach(([heading, text]) => add(heading, [text])));
      box.replaceChildren(list);
      box.hidden = false;
      box.focus();
    }

    link(flow) {
      const link = document.createElement("a");
      link.href = `#${data.anchors[flow]}`;
      link.textContent = flow;
      return link;
    }

    refresh() {
      this.table.setFilter((row) => this.visible[row.number] === 1);
      const found = document.getElementById(`${this.name}-count`);
      found.textContent = `${this.left.toLocaleString("en")} of ${this.count.toLocaleString("en")} rows`;
    }
  }

  const sheets = Object.entries(data.tables).map(([name, table]) => new Sheet(name, table));
  let waiting = sheets.length;
  const built = () => { waiting -= 1; if (!waiting) document.documentElement.dataset.ready = "yes"; };
  sheets.forEach((sheet) => { sheet.left = sheet.count; sheet.show(built); });

  const search = document.getElementById("search");
  const selects = [...document.querySelectorAll("select[data-column]")];
  const blocks = [...document.querySelectorAll("[data-search]")].map((block) => [block, block.textContent.toLowerCase()]);
  let later = 0;
  const apply = () => {
    const terms = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = Object.fromEntries(selects.map((select) => [select.dataset.column, select.value]));
    const [first, ...others] = sheets;
    const update = (sheet) => { sheet.filter(terms, chosen); sheet.refresh(); };
    update(first);
    clearTimeout(later);
    later = setTimeout(() => others.forEach(update), 120);
    blocks.forEach(([block, text]) => { block.hidden = !terms.every((term) => text.includes(term)); });
    document.documentElement.dataset.applied = search.value;
  };
  search.addEventListener("input", apply);
  selects.forEach((select) => select.addEventListener("change", apply));
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(input|select|textarea)$/i.test(document.activeElement.tagName)) {
      event.preventDefault();
      search.focus();
    }
  });
  // A link into what the search hides would lead nowhere.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.closest("[hidden]")) { target.closest("[hidden]").hidden = false; target.scrollIntoView(); }
  };
  window.addEventListener("hashchange", reveal);
  // Not left to the tables themselves: they make their rows anew as they come into sight, and the focus in them is lost.
  window.addEventListener("resize", () => sheets.forEach((sheet) => sheet.table.redraw()));
})();
