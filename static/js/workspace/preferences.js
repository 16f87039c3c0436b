const STORE = "workspace.preferences";

/** What each single key does, unless somebody chose another. */
export const ACTIONS = {
  skip: { key: "s", label: "Skip this item" },
  escalate: { key: "e", label: "Escalate this item" },
  edge: { key: "f", label: "Edge case: the policy does not settle it" },
  reveal: { key: "b", label: "Hold to reveal a covered item" },
  policy: { key: "p", label: "Read the policy" },
  undo: { key: "u", label: "Undo: change your last answer" },
};

/** @returns {{keys: Record<string, string>, singleKeys: boolean, autoAdvance: boolean, size: string}} */
export function readPreferences() {
  const defaults = {
    keys: Object.fromEntries(Object.entries(ACTIONS).map(([name, action]) => [name, action.key])),
    singleKeys: true,
    autoAdvance: false,
    size: "normal",
  };
  try {
    const stored = JSON.parse(localStorage.getItem(STORE) ?? "{}");
    return { ...defaults, ...stored, keys: { ...defaults.keys, ...stored.keys } };
  } catch {
    return defaults;
  }
}

/**
 * Connects the settings dialog; two actions on one key are refused there.
 * @param {HTMLFormElement} form
 * @param {(preferences: ReturnType<typeof readPreferences>) => void} changed
 */
export function attachPreferences(form, changed) {
  fill(form, readPreferences());
  form.addEventListener("submit", (event) => {
    const preferences = gather(form);
    const error = form.querySelector("[data-preferences-error]");
    const keys = Object.values(preferences.keys);
    error.hidden = new Set(keys).size === keys.length;
    if (!error.hidden) {
      event.preventDefault();
      return;
    }
    localStorage.setItem(STORE, JSON.stringify(preferences));
    changed(preferences);
  });
}

function fill(form, preferences) {
  form.elements.single_keys.checked = preferences.singleKeys;
  form.elements.auto_advance.checked = preferences.autoAdvance;
  form.elements.size.value = preferences.size;
  for (const [name, key] of Object.entries(preferences.keys)) {
    form.elements[`key_${name}`].value = key;
  }
}

function gather(form) {
  return {
    singleKeys: form.elements.single_keys.checked,
    autoAdvance: form.elements.auto_advance.checked,
    size: form.elements.size.value,
    keys: Object.fromEntries(
      Object.entries(ACTIONS).map(([name, action]) => [
        name,
        form.elements[`key_${name}`].value.trim().toLowerCase() || action.key,
      ]),
    ),
  };
}
