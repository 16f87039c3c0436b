/** Buttons of the demo accounts fill the sign-in form and send it.
 * @param {Document} root
 */
export function attachFillLogin(root) {
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fill-login]");
    const form = root.querySelector("form:has([name=login])");
    if (button && form) {
      form.elements.login.value = button.dataset.fillLogin;
      form.elements.password.value = button.dataset.fillPassword;
      form.requestSubmit();
    }
  });
}
