const STYLES = {
  time: { dateStyle: "medium", timeStyle: "short" },
  day: { dateStyle: "medium" },
  full: { dateStyle: "full", timeStyle: "long" },
};
const UNITS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

/** Times are sent in UTC and shown in the reader's zone; the whole moment stands in the title.
 * @param {ParentNode} root
 */
export function attachTimes(root) {
  for (const element of root.querySelectorAll("time[data-time]")) {
    const moment = new Date(element.dateTime);
    element.textContent = element.dataset.time === "ago" ? ago(moment) : written(moment, element.dataset.time);
    element.title = written(moment, "full");
  }
}

function written(moment, style) {
  return new Intl.DateTimeFormat("en-GB", STYLES[style] ?? STYLES.time).format(moment);
}

function ago(moment) {
  const seconds = (moment.getTime() - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  if (unit === "second") {
    return "just now";
  }
  return new Intl.RelativeTimeFormat("en-GB", { numeric: "auto" }).format(Math.trunc(seconds / size), unit);
}
