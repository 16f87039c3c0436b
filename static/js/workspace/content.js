/**
 * Shows an item. Content is hostile: it only ever becomes text nodes.
 * @param {HTMLElement} place
 * @param {{content: {kind: string, covered: boolean, body: any}, context: Record<string, any>}} item
 */
export function showItem(place, item) {
  const parts = [contextLine(item.context), ...bodyOf(item)];
  place.replaceChildren(...parts.filter(Boolean));
}

/** What is not surely uncovered stays covered. */
function bodyOf({ content }) {
  if (content.covered !== false || !content.body) {
    return [cover()];
  }
  return content.kind === "conversation"
    ? [turns(content.body.turns)]
    : [paragraph("item-text", content.body.text)];
}

function cover() {
  const box = element("div", "covered");
  const words = paragraph("covered-words", "This item may be disturbing. It stays covered until you uncover it.");
  const button = element("button", "button");
  button.type = "button";
  button.dataset.reveal = "";
  button.append("Hold to reveal ", keyCap("reveal"));
  box.append(words, button);
  return box;
}

function turns(list) {
  const place = element("ol", "turns");
  for (const turn of list) {
    const row = element("li", turn.is_subject ? "turn turn-subject" : "turn");
    const role = turn.is_subject ? `${turn.role}, to be judged` : turn.role;
    row.append(paragraph("turn-role", role), paragraph("item-text", turn.text));
    place.append(row);
  }
  return place;
}

function contextLine(context) {
  const facts = Object.entries(context ?? {}).map(([name, value]) => `${name}: ${value}`);
  return facts.length ? paragraph("item-context", facts.join(" · ")) : null;
}

function paragraph(className, text) {
  const line = element("p", className);
  const isolated = document.createElement("bdi");
  isolated.append(...visible(text));
  line.append(isolated);
  return line;
}

// The same characters as the filter `visible` of the pages. Joiners are letters of a kind, but within ASCII they only hide.
const HIDDEN =
  /((?![\t\n\r\u200c\u200d])[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}]|(?<=^|[\u0000-\u007f])[\u200c\u200d])/u;

/** Control and direction characters become visible boxes with their number. */
function visible(text) {
  return String(text)
    .split(HIDDEN)
    .filter(Boolean)
    .map((piece) => (HIDDEN.test(piece) ? codePoint(piece) : document.createTextNode(piece)));
}

function codePoint(character) {
  const box = element("span", "hidden-character");
  box.textContent = `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  return box;
}

function keyCap(action) {
  const cap = element("kbd", "kbd");
  cap.dataset.keyOf = action;
  return cap;
}

function element(name, className) {
  const made = document.createElement(name);
  made.className = className;
  return made;
}
