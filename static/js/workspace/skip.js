/**
 * The list of reasons: each is a button, and its digit chooses it at once, except where somebody is writing a note.
 * @param {HTMLDialogElement} dialog
 * @param {(chosen: {reason: string, note: string}) => void} send
 * @returns {(reasons: string[]) => void} opens the list with these reasons
 */
export function attachSkip(dialog, send) {
  const note = dialog.querySelector("textarea");
  const lines = [...dialog.querySelectorAll("[data-skip-reason]")];
  let offered = [];

  dialog.querySelector("form").addEventListener("submit", (event) => {
    const reason = event.submitter?.value;
    if (reason) {
      send({ reason, note: note.value });
    }
  });
  dialog.addEventListener("keydown", (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat;
    const button = isPlain && event.target !== note ? offered[Number(event.key) - 1] : null;
    if (button) {
      event.preventDefault();
      event.stopPropagation();
      dialog.querySelector("form").requestSubmit(button);
    }
  });

  return (reasons) => {
    for (const line of lines) {
      line.hidden = !reasons.includes(line.dataset.skipReason);
    }
    offered = lines.filter((line) => !line.hidden).map((line) => line.querySelector("button"));
    offered.forEach((button, place) => {
      button.querySelector("[data-skip-digit]").textContent = String(place + 1);
    });
    note.value = "";
    dialog.showModal();
    offered[0]?.focus();
  };
}
