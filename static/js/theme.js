const THEMES = ["auto", "light", "dark"];
const YEAR = 60 * 60 * 24 * 365;

/** The toggle goes through auto, light and dark; the server reads the cookie, so nothing flashes.
 * @param {Document} root
 */
export function attachTheme(root) {
  const toggle = root.querySelector("[data-theme-toggle]");
  if (!toggle) {
    return;
  }
  toggle.hidden = false;
  show(toggle, currentTheme());
  toggle.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(currentTheme()) + 1) % THEMES.length];
    choose(next);
    show(toggle, next);
  });
}

/** @returns {string} auto, light or dark */
export function currentTheme() {
  return document.documentElement.dataset.theme ?? "auto";
}

function choose(theme) {
  if (theme === "auto") {
    delete document.documentElement.dataset.theme;
    document.cookie = "theme=; path=/; max-age=0; samesite=lax";
  } else {
    document.documentElement.dataset.theme = theme;
    document.cookie = `theme=${theme}; path=/; max-age=${YEAR}; samesite=lax`;
  }
  document.dispatchEvent(new Event("shell:theme"));
}

function show(toggle, theme) {
  toggle.querySelector("[data-theme-word]").textContent = `Theme: ${theme}`;
}
