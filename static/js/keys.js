/**
 * @typedef {object} Key
 * @property {string} label what it does, as the list of keys says
 * @property {(event: KeyboardEvent) => void} run
 */

/** @type {Map<string, Key>} */
const bound = new Map();

/** `data-key` presses a link or button, or goes to a field; `?` lists the keys of the page.
 * @param {Document} root
 */
export function attachKeys(root) {
  for (const button of root.querySelectorAll("[data-keys-open]")) {
    button.hidden = false;
  }
  root.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-open]")) {
      showKeys();
    }
  });
  root.addEventListener("keydown", press);
}

/**
 * Keys that a page binds itself.
 * @param {Record<string, Key>} keys
 * @returns {() => void} takes them away again
 */
export function bindKeys(keys) {
  for (const [name, key] of Object.entries(keys)) {
    bound.set(name, key);
  }
  return () => Object.keys(keys).forEach((name) => bound.delete(name));
}

/** @param {KeyboardEvent} event */
function press(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isBusy(event)) {
    return;
  }
  if (event.key === "?") {
    event.preventDefault();
    showKeys();
    return;
  }
  const element = marked().find((candidate) => candidate.dataset.key === event.key);
  const own = bound.get(event.key);
  if (own) {
    own.run(event);
  } else if (element) {
    event.preventDefault();
    use(element);
  }
}

function isBusy(event) {
  const isTyping = event.target.closest("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])");
  return Boolean(isTyping) || Boolean(document.querySelector("dialog[open]"));
}

function marked() {
  return [...document.querySelectorAll("[data-key]")].filter((element) => !element.disabled && !element.hidden);
}

function use(element) {
  if (element.matches("input, select, textarea")) {
    element.focus();
  } else {
    element.click();
  }
}

function showKeys() {
  const list = document.querySelector("[data-keys-list]");
  const lines = [
    ...[...bound].map(([name, key]) => [name, key.label]),
    ...marked().map((element) => [element.dataset.key, labelOf(element)]),
    ["?", "List the keys of this page"],
    ["Tab", "Go to the next control"],
    ["Escape", "Close a drawer or a dialog"],
  ];
  list.replaceChildren(...lines.map(([name, label]) => line(name, label)));
  document.getElementById("keys-dialog").showModal();
}

function labelOf(element) {
  return element.dataset.keyLabel ?? element.getAttribute("aria-label") ?? element.textContent.trim();
}

function line(name, label) {
  const row = document.createElement("div");
  const term = document.createElement("dt");
  const key = document.createElement("kbd");
  const words = document.createElement("dd");
  key.className = "kbd";
  key.textContent = name === " " ? "Space" : name;
  words.textContent = label;
  term.append(key);
  row.append(term, words);
  return row;
}
