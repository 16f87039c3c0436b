import { announce } from "./announce.js";

/** `<button data-copy="text">` puts the text on the clipboard.
 * @param {Document} root
 */
export function attachCopy(root) {
  root.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) {
      await navigator.clipboard.writeText(button.dataset.copy);
      announce("Copied");
    }
  });
}
