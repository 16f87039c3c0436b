/** The rail's menu on narrow screens, and `<details data-menu>` that closes when one goes elsewhere.
 * @param {Document} root
 */
export function attachMenus(root) {
  root.addEventListener("click", (event) => {
    const toggle = event.target.closest("[data-rail-toggle]");
    if (toggle) {
      const isOpen = document.getElementById("rail-body").toggleAttribute("data-open");
      toggle.setAttribute("aria-expanded", String(isOpen));
    }
    closeMenus((menu) => !menu.contains(event.target));
  });
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      closeMenus(() => true);
    }
  });
}

function closeMenus(isLeft) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (isLeft(menu)) {
      menu.open = false;
    }
  }
}
