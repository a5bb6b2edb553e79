"use strict";
// Filters and sorts the follow-ups that the page already holds. Reads and moves its rows; writes no markup.
(() => {
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const list = document.getElementById("groups");
  if (!form || !list) return;
  const groups = [...list.querySelectorAll("details.group")].map((element) => ({
    element,
    body: element.querySelector("tbody"),
    wasOpen: element.open,
    name: element.querySelector("summary").textContent.toLowerCase(),
  }));
  const rows = groups.flatMap((group) =>
    [...group.body.rows].map((element, place) => ({
      ...element.dataset,
      element, group,
      text: element.textContent.toLowerCase(),
      owners: JSON.parse(element.dataset.owners),
      teams: JSON.parse(element.dataset.teams),
      place: groups.indexOf(group) * 1e5 + place,
    })));
  const number = (value, otherwise) => (value === "" || value === undefined ? otherwise : Number(value));
  const orders = {
    urgency: (row) => row.place,
    severity: (row) => number(row.rank, 1e9) * 1e9 + row.place,
    age: (row) => -number(row.age, -1),
    late: (row) => -number(row.late, -1),
    newest: (row) => -number(row.day, 0),
  };
  const value = (name) => form.elements[name] ? form.elements[name].value : "";

  function filter() {
    const words = value("words").toLowerCase().split(/\s+/).filter(Boolean);
    const [owner, team, severity, state] = ["owner", "team", "severity", "state"].map(value);
    const overdue = form.elements.overdue.checked;
    const isFiltered = Boolean(words.length || owner || team || severity || state || overdue);
    let count = 0;
    const kept = new Set();
    for (const row of rows) {
      const fits =
        (!owner || (owner === "-" ? row.owners.length === 0 : row.owners.includes(owner.slice(1)))) &&
        (!team || row.teams.includes(team)) &&
        (!severity || row.severity === severity) &&
        (!state || row.state === state) &&
        (!overdue || row.late !== "") &&
        words.every((word) => row.text.includes(word) || row.group.name.includes(word));
      row.element.hidden = !fits;
      if (fits) {
        kept.add(row.group);
        count += row.shared ? 0 : 1;
      }
    }
    for (const group of groups) {
      group.element.hidden = !kept.has(group);
      group.element.open = isFiltered ? kept.has(group) && kept.size <= 200 : group.wasOpen;
    }
    const all = rows.filter((row) => !row.shared).length;
    shown.textContent = `${count} of ${all} follow-ups shown`;
  }

  function sort() {
    const order = orders[value("sort")] || orders.urgency;
    const sorted = rows.map((row) => [order(row), row]).sort((a, b) => a[0] - b[0] || a[1].place - b[1].place);
    const seen = new Set();
    for (const [, row] of sorted) {
      row.group.body.append(row.element);
      if (!seen.has(row.group)) {
        seen.add(row.group);
        list.append(row.group.element);
      }
    }
  }

  form.addEventListener("input", (event) => (event.target.name === "sort" ? sort() : filter()));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { filter(); sort(); }));
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const element of folded) element.open = true;
  });
  addEventListener("afterprint", () => { for (const element of folded) element.open = false; });
  form.hidden = false;
  filter();
})();
