import { announce } from "./announce.js";

/** `<input data-filter-table="#id">` keeps the rows whose text holds every word.
 * @param {Document} root
 */
export function attachFilterTable(root) {
  root.addEventListener("input", (event) => {
    const selector = event.target.dataset?.filterTable;
    const table = selector && root.querySelector(selector);
    if (table) {
      announce(`${filterRows(table, event.target.value)} rows shown`);
    }
  });
}

function filterRows(table, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = [...table.tBodies].flatMap((body) => [...body.rows]);
  for (const row of rows) {
    const content = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => content.includes(word));
  }
  return rows.filter((row) => !row.hidden).length;
}
