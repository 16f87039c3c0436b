import { announce } from "../announce.js";
import { NetworkError, postJSON } from "../http.js";

const ANY_LABEL = "00000000-0000-0000-0000-000000000000";

/**
 * @typedef {object} Feedback
 * @property {boolean} is_right
 * @property {string} given
 * @property {string[]} expected
 * @property {string} clause
 * @property {string} reason
 */

/**
 * What was expected; null where nothing is to be had.
 * @param {string} address
 * @param {string} label
 * @returns {Promise<Feedback | null>}
 */
export async function askFeedback(address, label) {
  try {
    const answer = await postJSON(address.replace(ANY_LABEL, label), {});
    return answer.status === 200 ? answer.data : null;
  } catch (error) {
    if (error instanceof NetworkError) {
      return null;
    }
    throw error;
  }
}

/**
 * @param {HTMLElement} place
 * @param {Feedback} said
 */
export function showFeedback(place, said) {
  const expected = said.expected.join(" or ");
  const title = said.is_right ? "Right" : "Not right";
  place.dataset.right = String(said.is_right);
  put(place, "title", title);
  put(place, "given", said.given);
  put(place, "expected", expected);
  put(place, "clause", said.clause);
  put(place, "reason", said.reason);
  place.querySelector('[data-feedback="clause-line"]').hidden = !said.clause;
  place.querySelector('[data-feedback="title"]').focus({ preventScroll: false });
  announce(`${title}. Expected: ${expected}. ${said.reason} Press Enter to go on.`);
}

function put(place, name, text) {
  place.querySelector(`[data-feedback="${name}"]`).textContent = text;
}
