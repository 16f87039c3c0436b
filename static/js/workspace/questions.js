const CANNOT_TELL = "cannot_tell";
const FILTER_FROM = 10;

/**
 * @typedef {object} Question
 * @property {string} key
 * @property {"single"|"multi"|"ordinal"|"yes_no"} kind
 * @property {string} prompt
 * @property {{code: string, name: string, parent?: string|null}[]} options
 * @property {boolean} cannot_tell
 * @property {boolean} required
 * @property {{question: string, any_of: string[]}|null} show_if
 */

/**
 * The form of an answer: fields made once, filled and read for each item.
 * @param {HTMLElement} place
 * @param {Question[]} questions
 * @param {() => void} changed
 */
export function buildQuestions(place, questions, changed) {
  const fields = questions.map((question) => makeField(question));
  place.replaceChildren(...fields.map((field) => field.element));
  const update = () => {
    fields.forEach((field) => toggle(field, read(fields)));
    number(fields, read(fields));
    changed();
  };
  place.addEventListener("change", update);
  place.addEventListener("input", (event) => event.target.matches("[data-filter-options]") && filter(event.target));

  return {
    read: () => read(fields),
    fill(answers) {
      clear(fields);
      Object.entries(answers ?? {}).forEach(([key, value]) => set(fields, key, value));
      update();
    },
    isComplete: () => shown(fields).every((field) => !field.question.required || isAnswered(field)),
    firstOpen: () => current(fields)?.element.querySelector("input:not([data-filter-options])"),
    choose(digit) {
      const field = current(fields) ?? shown(fields).at(-1);
      const input = field?.element.querySelector(`[data-digit="${digit}"]:not([disabled])`);
      input?.click();
      input?.focus();
      return Boolean(input);
    },
    showError(key, message) {
      fields.forEach((field) => {
        const words = field.element.querySelector(".field-errors");
        words.textContent = field.question.key === key ? message : "";
        words.hidden = field.question.key !== key;
      });
    },
  };
}

function makeField(question) {
  const element = document.createElement("fieldset");
  const legend = document.createElement("legend");
  const list = document.createElement("ul");
  const errors = document.createElement("p");
  element.className = "question";
  legend.className = "question-words";
  legend.textContent = question.prompt;
  errors.className = "field-errors";
  errors.hidden = true;
  list.className = "options";
  list.append(...optionsOf(question).map((option) => optionRow(question, option)));
  element.append(legend);
  if (question.options.length >= FILTER_FROM) {
    element.append(filterInput(question));
  }
  element.append(list, errors);
  return { question, element };
}

function optionsOf(question) {
  const given =
    question.kind === "yes_no"
      ? [
          { code: "yes", name: "Yes" },
          { code: "no", name: "No" },
        ]
      : question.options;
  return question.cannot_tell ? [...given, { code: CANNOT_TELL, name: "Cannot tell" }] : given;
}

function optionRow(question, option) {
  const row = document.createElement("li");
  const label = document.createElement("label");
  const place = document.createElement("span");
  const cap = document.createElement("kbd");
  const input = document.createElement("input");
  const words = document.createElement("span");
  label.className = "option";
  place.className = "option-key";
  cap.className = "kbd";
  place.append(cap);
  input.type = question.kind === "multi" && option.code !== CANNOT_TELL ? "checkbox" : "radio";
  input.name = input.type === "radio" ? `q-${question.key}` : `q-${question.key}-${option.code}`;
  input.value = option.code;
  words.textContent = option.name;
  if (option.note) {
    const note = document.createElement("span");
    note.className = "option-note";
    note.textContent = option.note;
    words.append(note);
  }
  label.append(place, input, words);
  row.append(label);
  return row;
}

function filterInput(question) {
  const input = document.createElement("input");
  input.type = "search";
  input.dataset.filterOptions = "";
  input.setAttribute("aria-label", `Filter the answers to: ${question.prompt}`);
  input.placeholder = "Type to filter";
  return input;
}

function filter(input) {
  const wanted = input.value.trim().toLowerCase();
  for (const row of input.closest("fieldset").querySelectorAll("li")) {
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
  }
}

/** Digits belong to the question that is to be answered next; the others show none. */
function number(fields, answers) {
  const active = current(fields) ?? shown(fields).at(-1);
  for (const field of fields) {
    const inputs = [...field.element.querySelectorAll("input:not([data-filter-options])")];
    inputs.forEach((input, index) => {
      const isLast = input.value === CANNOT_TELL;
      const digit = isLast ? "0" : index < 9 ? String(index + 1) : "";
      const cap = input.closest("label").querySelector("kbd");
      cap.textContent = digit;
      cap.hidden = field !== active || !digit;
      input.dataset.digit = field === active ? digit : "";
    });
  }
  return answers;
}

function toggle(field, answers) {
  const condition = field.question.show_if;
  if (!condition) {
    return;
  }
  const given = [answers[condition.question] ?? []].flat();
  const isShown = given.some((code) => condition.any_of.includes(code));
  field.element.hidden = !isShown;
  field.element.disabled = !isShown;
}

const shown = (fields) => fields.filter((field) => !field.element.hidden);
const checked = (field) => [...field.element.querySelectorAll("input:checked")].map((input) => input.value);
const isAnswered = (field) => checked(field).length > 0 || (field.question.kind === "multi" && !field.question.required);
const current = (fields) => shown(fields).find((field) => !isAnswered(field));

function read(fields) {
  const answers = {};
  for (const field of shown(fields)) {
    const codes = checked(field);
    if (codes.includes(CANNOT_TELL)) {
      answers[field.question.key] = CANNOT_TELL;
    } else if (field.question.kind === "multi") {
      answers[field.question.key] = codes.sort();
    } else if (codes.length) {
      [answers[field.question.key]] = codes;
    }
  }
  return answers;
}

function clear(fields) {
  for (const field of fields) {
    field.element.querySelectorAll("input").forEach((input) => {
      input.checked = false;
      if (input.type === "search") {
        input.value = "";
        filter(input);
      }
    });
    field.element.querySelector(".field-errors").hidden = true;
  }
}

function set(fields, key, value) {
  const field = fields.find((candidate) => candidate.question.key === key);
  const codes = [value].flat();
  field?.element.querySelectorAll("input").forEach((input) => {
    input.checked = codes.includes(input.value);
  });
}
