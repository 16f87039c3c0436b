/** `<form data-pick>`: filters narrow a list of people by text and by attributes of its rows; ticks stay. */

for (const form of document.querySelectorAll("[data-pick]")) {
  attach(form);
}

function attach(form) {
  const rows = [...form.querySelectorAll("tbody tr[data-groups]")];
  const narrow = () => {
    const wanted = readFilters(form);
    for (const row of rows) {
      row.hidden = !fits(row, wanted);
    }
    count(form, rows);
  };
  form.addEventListener("input", (event) => event.target.matches("[data-pick-filter]") && narrow());
  form.addEventListener("change", () => count(form, rows));
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-pick-all], [data-pick-none]");
    if (button) {
      tick(rows, "pickAll" in button.dataset);
      count(form, rows);
    }
  });
  // Enter in a filter narrows; it does not send the form.
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("[data-pick-filter]")) {
      event.preventDefault();
    }
  });
  narrow();
}

function readFilters(form) {
  const filters = [...form.querySelectorAll("[data-pick-filter]")];
  return Object.fromEntries(filters.map((field) => [field.dataset.pickFilter, field.value]));
}

function fits(row, { text, groups, team, vendor }) {
  const content = row.textContent.toLowerCase();
  const words = text.toLowerCase().split(/\s+/u).filter(Boolean);
  return (
    words.every((word) => content.includes(word)) &&
    (!groups || row.dataset.groups.split(" ").includes(groups)) &&
    (!team || row.dataset.team === team) &&
    (!vendor || row.dataset.vendor === vendor)
  );
}

function tick(rows, isTicked) {
  for (const row of rows.filter((each) => !each.hidden)) {
    row.querySelector("input[type=checkbox]").checked = isTicked;
  }
}

function count(form, rows) {
  const shown = rows.filter((row) => !row.hidden).length;
  const ticked = rows.filter((row) => row.querySelector("input[type=checkbox]").checked).length;
  form.querySelector("[data-pick-count]").textContent = `${ticked} ticked, ${shown} of ${rows.length} shown`;
}
