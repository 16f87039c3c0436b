/**
 * Says something to people who listen to the page.
 * @param {string} text
 */
export function announce(text) {
  const region = document.getElementById("announcer");
  if (region) {
    region.textContent = "";
    requestAnimationFrame(() => {
      region.textContent = text;
    });
  }
}
