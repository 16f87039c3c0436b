import { announce } from "./announce.js";

/** Prints the page, and keeps a text that the server wrote as a file. */
for (const button of document.querySelectorAll("[data-print], [data-save-text]")) {
  button.hidden = false;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-print], [data-save-text]");
  if (button?.matches("[data-print]")) {
    window.print();
  } else if (button) {
    save(document.querySelector(button.dataset.saveText).value, button.dataset.saveName);
    announce("Saved");
  }
});

/**
 * @param {string} text
 * @param {string} name
 */
function save(text, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\uFEFF", text], { type: "text/csv" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
