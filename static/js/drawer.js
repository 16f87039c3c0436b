import { request } from "./http.js";

/** `<a data-drawer>` opens its page in the side drawer, so that the list stays.
 * @param {Document} root
 */
export function attachDrawer(root) {
  const drawer = root.getElementById("drawer");
  if (!drawer) {
    return;
  }
  root.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-drawer]");
    if (link && isPlainClick(event)) {
      event.preventDefault();
      open(drawer, link);
    }
  });
  drawer.addEventListener("click", (event) => {
    if (event.target === drawer) {
      drawer.close();
    }
  });
}

async function open(drawer, link) {
  const answer = await request(link.href, { headers: { "HX-Request": "true", "X-Drawer": "true" } }).catch(() => null);
  if (!answer || answer.status !== 200) {
    window.location.assign(link.href);
    return;
  }
  fill(drawer, link, new DOMParser().parseFromString(answer.data, "text/html"));
  if (!drawer.open) {
    drawer.showModal();
  }
}

function fill(drawer, link, page) {
  const main = page.querySelector("main") ?? page.body;
  const heading = main.querySelector("h1");
  drawer.querySelector(".drawer-title").textContent = heading?.textContent.trim() || link.textContent.trim();
  heading?.remove();
  drawer.querySelector("[data-drawer-page]").href = link.href;
  const body = drawer.querySelector("[data-drawer-body]");
  body.replaceChildren(...main.childNodes);
  body.scrollTop = 0;
  window.htmx?.process(body);
  body.dispatchEvent(new Event("shell:arrived", { bubbles: true }));
}

function isPlainClick(event) {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}
