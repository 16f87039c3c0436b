/**
 * Asks before something is done.
 * @param {{title?: string, text: string, action?: string, danger?: boolean}} question
 * @returns {Promise<boolean>}
 */
export function ask({ title = "Please confirm", text, action = "Go on", danger = false }) {
  const dialog = document.getElementById("ask-dialog");
  dialog.querySelector(".dialog-title").textContent = title;
  dialog.querySelector(".dialog-text").textContent = text;
  const yes = dialog.querySelector("[data-ask-yes]");
  yes.textContent = action;
  yes.classList.toggle("button-danger", danger);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** `data-confirm` on a form or its button asks first; `data-dialog-open` and `-close` do what they say.
 * @param {Document} root
 */
export function attachDialogs(root) {
  root.addEventListener("submit", confirmSubmit, true);
  root.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog-open]");
    const closer = event.target.closest("[data-dialog-close]");
    if (opener) {
      document.querySelector(opener.dataset.dialogOpen)?.showModal();
    }
    if (closer) {
      closer.closest("dialog")?.close();
    }
  });
}

const confirmed = new WeakSet();

async function confirmSubmit(event) {
  const form = event.target;
  const asking = event.submitter?.dataset.confirm ? event.submitter : form;
  if (!asking.dataset.confirm || confirmed.delete(form)) {
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  const { submitter } = event;
  const isSure = await ask({
    text: asking.dataset.confirm,
    action: asking.dataset.confirmAction ?? submitter?.textContent.trim(),
    danger: "confirmDanger" in asking.dataset,
  });
  if (isSure) {
    confirmed.add(form);
    form.requestSubmit(submitter);
  }
}
