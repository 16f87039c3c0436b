/** The network failed: nothing is known of what the server did. */
export class NetworkError extends Error {}

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {any} data parsed JSON, or text
 * @property {Headers} headers
 */

/** @returns {string} the token that forms and requests of this page carry */
export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

/**
 * @param {string} url
 * @param {RequestInit} [options]
 * @returns {Promise<Answer>}
 */
export async function request(url, options = {}) {
  const response = await fetch(url, { credentials: "same-origin", ...options }).catch((error) => {
    throw new NetworkError(error.message);
  });
  return { status: response.status, data: await read(response), headers: response.headers };
}

/**
 * @param {string} url
 * @returns {Promise<Answer>}
 */
export function getJSON(url) {
  return request(url, { headers: { Accept: "application/json" } });
}

/**
 * @param {string} url
 * @param {unknown} body
 * @param {{headers?: Record<string, string>, keepalive?: boolean}} [options]
 * @returns {Promise<Answer>}
 */
export function postJSON(url, body, { headers = {}, keepalive = false } = {}) {
  return request(url, {
    method: "POST",
    keepalive,
    headers: {
      Accept: "application/json",
      "Content-Type": "application/json",
      "X-CSRFToken": csrfToken(),
      ...headers,
    },
    body: JSON.stringify(body),
  });
}

async function read(response) {
  const text = await response.text().catch((error) => {
    throw new NetworkError(error.message);
  });
  const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
  return isJson && text ? JSON.parse(text) : text;
}
