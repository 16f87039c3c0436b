/** What the kinds of charts look like, as options of ECharts. The specs are made by `qaplatform/web/charts.py`. */

const SYMBOLS = ["circle", "triangle", "rect", "diamond", "emptyCircle", "emptyTriangle", "emptyRect", "emptyDiamond"];
const DAY = 24 * 60 * 60 * 1000;
const KINDS = { trend, whiskers, cusum, bars, heat };

/**
 * @param {any} spec
 * @param {Record<string, any>} colours
 * @param {number} width of the place, in pixels
 * @returns {any}
 */
export function optionOf(spec, colours, width) {
  return { ...common(colours), ...KINDS[spec.kind](spec, colours, width) };
}

/**
 * A share as pages write it: `.86`.
 * @param {number | null | undefined} value
 */
export function share(value) {
  if (value === null || value === undefined) {
    return "–";
  }
  let digits = 2;
  while (digits < 5 && isUntrue(value, digits)) {
    digits += 1;
  }
  const text = Math.abs(value).toFixed(digits).replace(/^0/, "");
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

function isUntrue(value, digits) {
  const rounded = Number(Math.abs(value).toFixed(digits));
  return (rounded === 0 || rounded === 1) && rounded !== Math.abs(value);
}

function common(colours) {
  return {
    animation: false,
    useUTC: true,
    backgroundColor: "transparent",
    textStyle: { fontFamily: colours.font, fontSize: 12, color: colours.ink },
    aria: { enabled: true },
  };
}

function tooltip(colours, formatter, trigger = "item") {
  return {
    trigger,
    renderMode: "richText",
    confine: true,
    transitionDuration: 0,
    backgroundColor: colours.surface,
    borderColor: colours.strong,
    borderWidth: 1,
    padding: [6, 10],
    shadowBlur: 0,
    shadowColor: "transparent",
    shadowOffsetX: 0,
    shadowOffsetY: 0,
    textStyle: { color: colours.ink, fontSize: 12, fontFamily: colours.font, lineHeight: 18 },
    axisPointer: { lineStyle: { color: colours.strong, type: "solid" } },
    formatter,
  };
}

function axis(colours, extra = {}) {
  return {
    axisLine: { show: true, lineStyle: { color: colours.line } },
    axisTick: { show: false },
    axisLabel: { color: colours.soft, fontSize: 12, hideOverlap: true, ...extra.axisLabel },
    splitLine: { show: Boolean(extra.grid), lineStyle: { color: colours.line, width: 1 } },
    nameTextStyle: { color: colours.soft, fontSize: 12, align: "left" },
    ...extra.options,
  };
}

function words(value, lower, upper, n) {
  const range = lower === null || lower === undefined ? "" : ` (${share(lower)} to ${share(upper)})`;
  return `${share(value)}${range}  n ${n}`;
}

function bounds(spec, values) {
  const known = [...values, spec.target].filter((value) => value !== null && value !== undefined);
  const low = Math.min(...known);
  const high = Math.max(...known);
  const room = Math.max((high - low) * 0.15, 0.05);
  return {
    min: spec.low ?? Math.floor(Math.max(low - room, low >= 0 ? 0 : -1) * 10) / 10,
    max: spec.high ?? Math.ceil(Math.min(high + room, 1) * 10) / 10,
  };
}

function targetLine(spec, colours, along) {
  if (spec.target === null || spec.target === undefined) {
    return [];
  }
  return [
    {
      [along]: spec.target,
      lineStyle: { color: colours.accent, width: 1.5, type: "solid" },
      label: {
        formatter: `${spec.target_name} ${share(spec.target)}`,
        color: colours.link,
        position: along === "yAxis" ? "insideEndTop" : "end",
      },
    },
  ];
}

function markLine(lines, colours) {
  return {
    silent: true,
    symbol: "none",
    label: { fontSize: 12, color: colours.soft, fontFamily: colours.font },
    emphasis: { disabled: true },
    data: lines,
  };
}

function trend(spec, colours, width) {
  const points = spec.series.flatMap((line) => line.points);
  const marks = spec.marks.map((mark) => ({
    xAxis: mark.at,
    lineStyle: { color: colours.strong, width: 1, type: [2, 3] },
    label: { formatter: mark.label, position: "end", color: colours.soft },
  }));
  const lines = markLine([...targetLine(spec, colours, "yAxis"), ...marks], colours);
  return {
    grid: { left: 40, right: 16, top: spec.marks.length ? 40 : 28, bottom: spec.series.length > 1 ? 52 : 28 },
    legend: {
      show: spec.series.length > 1,
      bottom: 0,
      left: 0,
      itemWidth: 16,
      textStyle: { color: colours.ink, fontSize: 12 },
      inactiveColor: colours.strong,
      data: spec.series.map((line) => line.name),
    },
    tooltip: tooltip(colours, (hovered) => trendWords(hovered), "axis"),
    xAxis: axis(colours, {
      options: { type: "time", splitNumber: width < 500 ? 3 : 6, minInterval: DAY, ...lonely(points) },
      axisLabel: dayLabel(),
    }),
    yAxis: axis(colours, {
      grid: true,
      axisLabel: { formatter: share },
      options: {
        type: "value",
        name: spec.y_label,
        nameGap: spec.marks.length ? 24 : 12,
        ...bounds(spec, points.flatMap((point) => [point.value, point.lower, point.upper])),
      },
    }),
    series: spec.series.flatMap((line, index) => trendSeries(line, index, colours, index === 0 ? lines : undefined)),
  };
}

/** One day alone stands in the middle of its fortnight, not on an axis of hours. */
function lonely(points) {
  const days = [...new Set(points.map((point) => Date.parse(point.at)))];
  return days.length === 1 ? { min: days[0] - 7 * DAY, max: days[0] + 7 * DAY } : {};
}

function dayLabel() {
  return { formatter: { year: "{yyyy}", month: "{d} {MMM}", day: "{d} {MMM}", hour: "{HH}:{mm}" } };
}

function trendSeries(line, index, colours, lines) {
  const colour = colours.series[(line.colour ?? index) % colours.series.length];
  const band = {
    type: "custom",
    name: line.name,
    silent: true,
    clip: true,
    z: 1,
    dimensions: ["at", "lower", "upper"],
    encode: { x: 0, y: [1, 2], tooltip: [] },
    itemStyle: { color: colour },
    data: line.points.map((point) => [point.at, point.lower, point.upper]),
    renderItem: (params, api) => (params.dataIndex === 0 ? ribbons(line.points, api, colour) : null),
    tooltip: { show: false },
  };
  const path = {
    type: "line",
    name: line.name,
    z: 3,
    connectNulls: false,
    symbol: SYMBOLS[index % SYMBOLS.length],
    symbolSize: 6,
    showAllSymbol: true,
    itemStyle: { color: colour },
    lineStyle: { color: colour, width: 1.75 },
    emphasis: { disabled: true },
    data: line.points.map((point) => ({ value: [point.at, point.value], point })),
    markLine: lines,
  };
  return [path, band];
}

/** One polygon for each unbroken run of points, so that what is undefined stays a gap. */
function ribbons(points, api, colour) {
  const runs = [[]];
  for (const point of points) {
    if (point.lower === null || point.upper === null) {
      runs.push([]);
    } else {
      runs.at(-1).push(point);
    }
  }
  const children = runs.filter((run) => run.length > 0).map((run) => ribbon(run, api, colour));
  return { type: "group", children };
}

function ribbon(run, api, colour) {
  const place = (point, bound) => api.coord([Date.parse(point.at), point[bound]]);
  const upper = run.map((point) => place(point, "upper"));
  const lower = run.map((point) => place(point, "lower"));
  if (run.length === 1) {
    return whiskerLine(upper[0], lower[0], colour, 1);
  }
  return { type: "polygon", shape: { points: [...upper, ...lower.reverse()] }, style: { fill: colour, opacity: 0.16 } };
}

function whiskerLine(from, to, colour, width) {
  return {
    type: "line",
    shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] },
    style: { stroke: colour, lineWidth: width },
  };
}

function trendWords(hovered) {
  const real = hovered.filter((entry) => entry.seriesType === "line");
  const day = real.length ? new Date(real[0].data.value[0]).toLocaleDateString("en-GB", { dateStyle: "medium", timeZone: "UTC" }) : "";
  const lines = real.map(({ seriesName, data: { point } }) => {
    return `${seriesName}  ${words(point.value, point.lower, point.upper, point.n)}`;
  });
  return [day, ...lines].join("\n");
}

function whiskers(spec, colours, width) {
  const rows = [...spec.rows].reverse();
  const left = Math.min(width * 0.4, longest(rows) * 7 + 16);
  return {
    grid: { left, right: 72, top: 24, bottom: 44 },
    tooltip: tooltip(colours, ({ data }) => `${data.row.name}\n${words(data.row.value, data.row.lower, data.row.upper, data.row.n)}`),
    xAxis: axis(colours, {
      grid: true,
      axisLabel: { formatter: share },
      options: {
        type: "value",
        name: spec.x_label,
        nameLocation: "middle",
        nameGap: 26,
        ...bounds(spec, rows.flatMap((row) => [row.value, row.lower, row.upper])),
      },
    }),
    yAxis: [names(rows, colours, left), counts(rows, colours)],
    series: [
      {
        type: "custom",
        z: 2,
        silent: true,
        tooltip: { show: false },
        data: rows.map((row, index) => [index]),
        encode: { y: 0, x: [] },
        renderItem: (params, api) => range(rows[params.dataIndex], params.dataIndex, api, colours),
      },
      {
        type: "scatter",
        z: 3,
        symbol: "circle",
        symbolSize: 9,
        itemStyle: { color: colours.ink, opacity: 1 },
        emphasis: { disabled: true },
        data: rows.map((row, index) => ({ value: [row.value, index], row, href: row.href })),
        markLine: markLine(targetLine(spec, colours, "xAxis"), colours),
      },
    ],
  };
}

function range(row, index, api, colours) {
  if (row.lower === null || row.upper === null) {
    return null;
  }
  return whiskerLine(api.coord([row.lower, index]), api.coord([row.upper, index]), colours.strong, 3);
}

function longest(rows) {
  return Math.max(...rows.map((row) => row.name.length), 4);
}

function names(rows, colours, left) {
  return {
    ...axis(colours),
    type: "category",
    data: rows.map((row) => row.name),
    axisLabel: { color: colours.ink, fontSize: 12, interval: 0, width: left - 16, overflow: "truncate" },
  };
}

function counts(rows, colours) {
  return {
    ...axis(colours),
    type: "category",
    position: "right",
    axisLine: { show: false },
    data: rows.map((row) => (row.n === null || row.n === undefined ? "" : `n ${row.n}`)),
    axisLabel: { color: colours.soft, fontSize: 12, interval: 0 },
  };
}

function cusum(spec, colours) {
  const scale = fromZero(Math.max(spec.limit, ...spec.points.map((point) => point.value)) * 1.1);
  const isDated = typeof spec.points[0]?.at === "string";
  const marks = [
    indexMark(spec, spec.change_index, "estimated change", colours, 18),
    indexMark(spec, spec.alarm_index, "alarm", colours, 4),
  ].filter(Boolean);
  return {
    grid: { left: 40, right: 32, top: 56, bottom: 28 },
    tooltip: tooltip(colours, (hovered) => cusumWords(hovered[0], spec), "axis"),
    xAxis: axis(colours, {
      options: isDated ? { type: "time" } : { type: "value", minInterval: 1, min: "dataMin", max: "dataMax" },
      axisLabel: isDated ? dayLabel() : {},
    }),
    yAxis: axis(colours, {
      grid: true,
      options: {
        type: "value",
        name: spec.y_label,
        nameGap: 40,
        ...scale,
      },
    }),
    series: [
      {
        type: "line",
        step: "end",
        symbol: "none",
        lineStyle: { color: colours.series[0], width: 1.75 },
        itemStyle: { color: colours.series[0] },
        emphasis: { disabled: true },
        data: spec.points.map((point) => [point.at, point.value]),
        markLine: markLine(
          [
            {
              yAxis: spec.limit,
              lineStyle: { color: colours.bad, width: 1.5, type: "dashed" },
              label: { formatter: `${spec.limit_name} ${Number(spec.limit.toFixed(2))}`, color: colours.bad, position: "insideStartTop" },
            },
            ...marks,
          ],
          colours,
        ),
        markPoint: alarmPoint(spec, colours),
      },
    ],
  };
}

/** An axis from zero whose end is one of its own steps, so that the topmost two labels never meet. */
function fromZero(largest) {
  const size = 10 ** Math.floor(Math.log10(largest / 5));
  const interval = size * [1, 2, 5, 10].find((step) => largest / (step * size) <= 5);
  return { min: 0, max: Math.ceil(largest / interval) * interval, interval };
}

/** The words of the two marks stand on lines of their own, so that they never meet on a narrow screen. */
function indexMark(spec, index, label, colours, distance) {
  const point = spec.points[index];
  return point && {
    xAxis: point.at,
    lineStyle: { color: colours.strong, width: 1, type: [2, 3] },
    label: { formatter: label, position: "end", distance, color: colours.soft },
  };
}

function alarmPoint(spec, colours) {
  const point = spec.points[spec.alarm_index];
  return point && {
    silent: true,
    symbol: "triangle",
    symbolRotate: 180,
    symbolSize: 12,
    itemStyle: { color: colours.bad },
    label: { show: false },
    data: [{ coord: [point.at, point.value] }],
  };
}

function cusumWords(hovered, spec) {
  const point = spec.points[hovered.dataIndex];
  const place = typeof point.at === "number" ? `Answer ${point.at}` : point.at.slice(0, 10);
  return [`${place}  ${spec.y_label} ${point.value.toFixed(2)}`, point.note].filter(Boolean).join("\n");
}

function bars(spec, colours, width) {
  const rows = [...spec.rows].reverse();
  const left = Math.min(width * 0.4, longest(rows) * 7 + 16);
  return {
    grid: { left, right: 72, top: 8, bottom: 40 },
    tooltip: tooltip(colours, ({ data }) => barWords(data.row)),
    xAxis: axis(colours, {
      grid: true,
      options: {
        type: "value",
        min: 0,
        ...(spec.high === null ? { boundaryGap: [0, "12%"] } : { max: spec.high }),
        name: spec.x_label,
        nameLocation: "middle",
        nameGap: 26,
      },
    }),
    yAxis: [names(rows, colours, left), counts(rows, colours)],
    series: [
      {
        type: "bar",
        barMaxWidth: 16,
        itemStyle: { color: colours.series[0] },
        emphasis: { disabled: true },
        label: { show: true, position: "right", color: colours.ink, fontSize: 12 },
        data: rows.map((row) => ({ value: row.value, row })),
      },
    ],
  };
}

function barWords(row) {
  return `${row.name}  ${row.value}${row.n === null ? "" : `  n ${row.n}`}`;
}

function heat(spec, colours, width) {
  const cells = spec.cells.flatMap((row, y) => row.map((value, x) => [x, y, value ?? "-"]));
  const largest = Math.max(...spec.cells.flat().filter((value) => value !== null), 1);
  const longestRow = Math.max(...spec.row_labels.map((label) => label.length), 4);
  const left = Math.min(width * 0.35, longestRow * 7 + 16);
  const room = (width - left) / spec.column_labels.length;
  const isNarrow = Math.max(...spec.column_labels.map((label) => label.length)) * 7 > room;
  return {
    grid: { left, right: isNarrow ? 48 : 8, top: isNarrow ? 88 : 44, bottom: 8 },
    tooltip: tooltip(colours, ({ data }) => heatWords(spec, data)),
    xAxis: {
      ...axis(colours),
      type: "category",
      position: "top",
      name: `${spec.column_title} →`,
      nameLocation: "start",
      nameGap: 8,
      nameTextStyle: { color: colours.soft, align: "right", verticalAlign: "bottom", padding: [0, 0, 14, 0] },
      data: spec.column_labels,
      axisLabel: { color: colours.ink, interval: 0, rotate: isNarrow ? -40 : 0, width: 96, overflow: "truncate" },
    },
    yAxis: { ...names(spec.row_labels.map((name) => ({ name })), colours, left), inverse: true },
    visualMap: { show: false, min: 0, max: largest, inRange: { color: colours.heat } },
    series: [
      {
        type: "heatmap",
        emphasis: { disabled: true },
        itemStyle: { borderColor: colours.surface, borderWidth: 2 },
        data: cells.map(([x, y, value]) => ({ value: [x, y, value], label: heatLabel(value, largest, colours) })),
      },
    ],
  };
}

function heatLabel(value, largest, colours) {
  const isDark = value !== "-" && value / largest > 0.55;
  return {
    show: value !== "-" && value !== 0,
    formatter: () => (Number.isInteger(value) ? String(value) : share(value)),
    color: isDark ? colours.heatInk : colours.ink,
    fontWeight: 500,
  };
}

function heatWords(spec, { value: [x, y, value] }) {
  const shown = Number.isInteger(value) ? value : share(value);
  return `${spec.row_title}: ${spec.row_labels[y]}\n${spec.column_title}: ${spec.column_labels[x]}\n${shown}`;
}
