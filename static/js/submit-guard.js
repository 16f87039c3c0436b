/** `<form data-disable-on-submit>` is sent once: its buttons rest until the next page or until one comes back.
 * @param {Document} root
 */
export function attachSubmitGuard(root) {
  root.addEventListener("submit", (event) => {
    if (event.target.matches("[data-disable-on-submit]") && !event.defaultPrevented) {
      window.setTimeout(() => setDisabled(event.target, true));
    }
  });
  window.addEventListener("pageshow", () => {
    for (const form of root.querySelectorAll("[data-disable-on-submit]")) {
      setDisabled(form, false);
    }
  });
}

function setDisabled(form, isDisabled) {
  for (const button of form.querySelectorAll("button:not([type=button])")) {
    button.disabled = isDisabled;
  }
}
