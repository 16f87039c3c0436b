const WARN_SECONDS = 20;
const ACTIVE_WITHIN_MS = 60_000;

/**
 * Shows how long the assignment is lent, and extends it while its labeler is active.
 * @param {HTMLElement} place with a label and a progress
 * @param {() => Promise<string|null>} extend gives the new end, or null
 * @param {(text: string) => void} warn
 */
export function watchLease(place, extend, warn) {
  const label = place.querySelector("label");
  const bar = place.querySelector("progress");
  let end = 0;
  let length = 1;
  let lastAct = Date.now();
  let isAsking = false;
  let hasWarned = false;

  for (const kind of ["keydown", "pointermove", "scroll"]) {
    document.addEventListener(kind, () => (lastAct = Date.now()), { passive: true, capture: true });
  }
  setInterval(tick, 1000);

  async function tick() {
    if (!end) {
      return;
    }
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    show(left);
    const isActive = Date.now() - lastAct < ACTIVE_WITHIN_MS;
    if (isActive && left < length / 2 && left > 0 && !isAsking) {
      isAsking = true;
      const later = await extend();
      isAsking = false;
      if (later) {
        start(later);
      }
    }
    if (left > 0 && left <= WARN_SECONDS && !hasWarned) {
      hasWarned = true;
      warn(`This item is lent to you for ${left} more seconds. Press a key to keep it.`);
    }
  }

  function show(left) {
    label.textContent = left >= 90 ? `${Math.round(left / 60)} min left` : `${left} s left`;
    bar.value = Math.min(1, left / length);
    place.toggleAttribute("data-warn", left <= WARN_SECONDS);
  }

  function start(leaseUntil) {
    end = Date.parse(leaseUntil);
    length = Math.max(1, (end - Date.now()) / 1000);
    hasWarned = false;
    place.hidden = false;
    show(Math.round(length));
  }

  return {
    start,
    stop() {
      end = 0;
      place.hidden = true;
    },
  };
}
