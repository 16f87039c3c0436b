import { announce } from "./announce.js";
import { csrfToken } from "./http.js";

/** Requests of htmx carry the token; what arrives is prepared like the page; failures are said.
 * @param {Document} root
 */
export function attachHtmx(root) {
  root.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = csrfToken();
  });
  root.addEventListener("htmx:load", (event) => {
    if (event.target !== document.body) {
      event.target.dispatchEvent(new Event("shell:arrived", { bubbles: true }));
    }
  });
  root.addEventListener("htmx:sendError", () => {
    announce("The server cannot be reached. What you see may be out of date.");
  });
}
