const TYPING_PAUSE = 400;

/** Forms of filters are sent when an answer changes; search fields after a pause.
 * @param {Document} root
 */
export function attachAutosubmit(root) {
  let timer = 0;
  const send = (form) => {
    window.clearTimeout(timer);
    form.requestSubmit();
  };
  root.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form?.matches("[data-autosubmit]") && !event.target.matches("[type=search]")) {
      send(form);
    }
  });
  root.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.matches("[data-autosubmit]") && event.target.matches("[type=search]")) {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => send(form), TYPING_PAUSE);
    }
  });
}
