import { optionOf } from "./chart-options.js";

/** @type {Map<HTMLElement, {chart: any, spec: any}>} */
const drawn = new Map();

/** Draws each `<div data-chart="id of its JSON">`; the library is fetched only by pages that have one.
 * @param {ParentNode} root
 */
export function attachCharts(root) {
  const places = [...root.querySelectorAll("[data-chart]")].filter((place) => !drawn.has(place));
  if (places.length > 0) {
    drawAll(places);
  }
}

document.addEventListener("shell:theme", redraw);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-chart-save]");
  if (button) {
    save(button.dataset.chartSave);
  }
});

const resizer = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    drawn.get(target)?.chart.resize();
  }
});

async function drawAll(places) {
  const [echarts] = await Promise.all([import("../vendor/echarts/echarts.esm.min.js"), document.fonts.ready]);
  echarts.setPlatformAPI({ measureText: measured(getComputedStyle(document.body).fontFamily) });
  for (const place of places) {
    draw(echarts, place);
  }
}

/** Tooltips know no font but `sans-serif`; the sheet gives them the page's, and so their width is measured in it. */
function measured(family) {
  const pen = document.createElement("canvas").getContext("2d");
  return (text, font) => {
    pen.font = (font ?? "12px sans-serif").replace(/(\d\S*px).*/, `$1 ${family}`);
    return pen.measureText(text);
  };
}

function draw(echarts, place) {
  const spec = JSON.parse(document.getElementById(place.dataset.chart).textContent);
  const chart = echarts.init(place, null, { renderer: "svg" });
  drawn.set(place, { chart, spec });
  chart.setOption(optionOf(spec, colours(), place.clientWidth));
  chart.on("click", (event) => event.data?.href && window.location.assign(event.data.href));
  name(place);
  resizer.observe(place);
  const button = document.querySelector(`[data-chart-save="${CSS.escape(place.closest("figure").id)}"]`);
  button?.removeAttribute("hidden");
}

function redraw() {
  for (const [place, { chart, spec }] of drawn) {
    chart.setOption(optionOf(spec, colours(), place.clientWidth), { notMerge: true });
    name(place);
  }
}

/** The chart has one name, the page's own; its figures are read from the table. */
function name(place) {
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", `${place.dataset.chartLabel || "Chart"}. The same figures follow as a table.`);
}

function save(id) {
  const figure = document.getElementById(id);
  const svg = figure.querySelector("svg").cloneNode(true);
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const file = new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `${id}.svg`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** @returns {Record<string, any>} the tokens of the theme in force */
function colours() {
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: token("ink"),
    soft: token("ink-soft"),
    line: token("line"),
    strong: token("line-strong"),
    surface: token("surface"),
    accent: token("accent-strong"),
    link: token("link"),
    bad: token("bad"),
    heat: [token("heat-from"), token("heat-to")],
    heatInk: token("heat-ink"),
    series: Array.from({ length: 8 }, (_, index) => token(`series-${index}`)),
    font: token("font"),
  };
}
