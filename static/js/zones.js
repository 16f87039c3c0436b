/** A field of a time zone begins with the reader's own; the server marks only fields that nobody has filled in.
 * @param {ParentNode} root
 */
export function attachZones(root) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const field of root.querySelectorAll("[data-own-zone]")) {
    if (own && field.value === field.defaultValue) {
      field.value = own;
    }
  }
}
