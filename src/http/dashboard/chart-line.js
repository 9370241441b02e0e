// Values through time: lines with gaps where nothing is known, the band of an interval, and the line of a target.
import { h, s } from "./dom.js";
import { shortQuarter, value } from "./format.js";

const DASHES = ["", "7 4", "2 4", "10 3 2 3", "5 2", "1 3"];
const SHAPES = ["circle", "square", "diamond", "triangle", "cross", "ring"];
/** As many lines as can be told apart without their colour. */
export const MOST = SHAPES.length;
const known = (point) => point.value !== null && point.value !== undefined;

/** Round steps that hold everything. */
function scale(low, high, floor) {
  if (low === high) [low, high] = [low - 1, high + 1];
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough);
  const start = Math.max(floor, Math.floor(low / step) * step);
  const ticks = [];
  for (let tick = start; tick < high + step * 0.999; tick += step) ticks.push(Number(tick.toFixed(6)));
  return ticks;
}

/**
 * `series` are `{ name, points: [{ quarter, value, lower, upper, contested }] }`, all over the same quarters; `aims` are
 * `{ name, value }`. `current` is the quarter to stress.
 */
export function lineChart({ label, series: given, aims = [], indicator, current, height = 280 }) {
  const series = trimmed(given);
  const box = h("div", { class: "chart" });
  let width = 0;
  const redraw = () => {
    const now = Math.round(box.clientWidth) || 640;
    if (now === width) return;
    width = now;
    box.replaceChildren(draw(now, { label, series, aims, indicator, current, height }));
  };
  new ResizeObserver(redraw).observe(box);
  redraw();
  return box;
}

/** Without the quarters before anything was known, where enough are left to be a course. */
function trimmed(series) {
  const first = Math.min(...series.map((one) => one.points.findIndex(known)).filter((index) => index >= 0));
  const from = Math.max(0, Math.min(first, series[0].points.length - 4));
  return series.map((one) => ({ ...one, points: one.points.slice(from) }));
}

function draw(width, { label, series, aims, indicator, current, height }) {
  const points = series.flatMap((one) => one.points.filter(known));
  const numbers = [...points.flatMap((point) => [point.value, point.lower, point.upper]), ...aims.map((aim) => aim.value)]
    .filter((one) => typeof one === "number");
  const ticks = scale(Math.min(...numbers), Math.max(...numbers), 0);
  const [low, high] = [ticks[0], ticks.at(-1)];
  const coarse = Math.max(...ticks.map((tick) => (String(tick).split(".")[1] ?? "").length));
  const labels = ticks.map((tick) => value(tick, { unit: indicator.unit, decimals: coarse }));
  const left = Math.max(...labels.map((text) => text.length)) * 8.2 + 14;
  const [right, top, bottom] = [28, 14, 34];
  const quarters = series[0].points.map((point) => point.quarter);
  const room = (width - left - right) / Math.max(quarters.length - 1, 1);
  const x = (index) => left + (quarters.length === 1 ? (width - left - right) / 2 : index * room);
  const y = (amount) => top + (1 - (amount - low) / (high - low)) * (height - top - bottom);
  const every = Math.ceil(52 / Math.max(room, 1));

  const grid = ticks.map((tick, index) => [
    s("line", { class: "grid", x1: left, x2: width - right, y1: y(tick), y2: y(tick) }),
    s("text", { x: left - 8, y: y(tick) + 4, "text-anchor": "end" }, labels[index]),
  ]);
  const axis = quarters.map((name, index) =>
    (quarters.length - 1 - index) % every === 0 &&
    s("text", { x: x(index), y: height - 10, "text-anchor": "middle", class: name === current ? "now" : null }, shortQuarter(name)));
  const at = quarters.indexOf(current);
  const stress = at >= 0 && s("line", { class: "current", x1: x(at), x2: x(at), y1: top, y2: height - bottom });
  const goals = aims.map((aim) => [
    s("line", { class: "aim", x1: left, x2: width - right, y1: y(aim.value), y2: y(aim.value) }),
    s("text", { class: "aim", x: width - right, y: y(aim.value) - 5, "text-anchor": "end" }, aim.name),
  ]);
  const drawn = series.map((one, index) => [band(one.points, x, y), path(one.points, x, y, index, series.length > 1),
    one.points.map((point, position) => known(point) &&
      mark(x(position), y(point.value), series.length > 1 ? index : 0, point, one.name, indicator))]);
  return s("svg", { role: "img", "aria-label": label, width, height, viewBox: `0 0 ${width} ${height}` },
    grid, stress, axis, drawn, goals);
}

/** The stretches of points that follow one another without a gap. */
function stretches(points, wanted) {
  const found = [];
  points.forEach((point, index) => {
    if (!wanted(point)) return;
    if (index > 0 && wanted(points[index - 1])) found.at(-1).push([point, index]);
    else found.push([[point, index]]);
  });
  return found;
}

function band(points, x, y) {
  const measured = (point) => known(point) && typeof point.lower === "number" && typeof point.upper === "number";
  return stretches(points, measured).map((stretch) => {
    const upper = stretch.map(([point, index]) => `${x(index)},${y(point.upper)}`);
    const lower = stretch.map(([point, index]) => `${x(index)},${y(point.lower)}`).reverse();
    return s("polygon", { class: "band", points: [...upper, ...lower].join(" ") });
  });
}

/** Over gaps the line goes on thinly, so that yearly figures read as one course. */
function path(points, x, y, index, several) {
  const present = points.map((point, position) => [point, position]).filter(([point]) => known(point));
  const course = (list) => list.map(([point, position]) => `${x(position)},${y(point.value)}`).join(" ");
  const whole = stretches(points, known);
  const kind = `line s${index % MOST}`;
  return [
    whole.length > 1 && s("polyline", { class: `${kind} thin`, points: course(present) }),
    whole.map((stretch) => s("polyline", { class: kind, points: course(stretch),
      "stroke-dasharray": several ? DASHES[index % MOST] : null })),
  ];
}

function mark(x, y, index, point, name, indicator) {
  const kind = `mark s${index % MOST}${point.contested ? " contested" : ""}`;
  const title = s("title", {}, `${name ? `${name}, ` : ""}${shortQuarter(point.quarter)}: ${value(point.value, indicator)}`);
  return shape(SHAPES[index % MOST], x, y, kind, title);
}

function shape(name, x, y, kind, title) {
  const points = { diamond: `${x},${y - 5.5} ${x + 5.5},${y} ${x},${y + 5.5} ${x - 5.5},${y}`,
    triangle: `${x},${y - 5} ${x + 5},${y + 4} ${x - 5},${y + 4}` }[name];
  if (points) return s("polygon", { class: kind, points }, title);
  if (name === "square") return s("rect", { class: kind, x: x - 4, y: y - 4, width: 8, height: 8 }, title);
  if (name === "cross") {
    return s("path", { class: `${kind} open`, d: `M${x - 4} ${y - 4}L${x + 4} ${y + 4}M${x + 4} ${y - 4}L${x - 4} ${y + 4}` }, title);
  }
  return s("circle", { class: name === "ring" ? `${kind} open` : kind, cx: x, cy: y, r: 4 }, title);
}

/** What each line is, with the shape that tells it apart without its colour. */
export function legend(names) {
  return h("ul", { class: "legend" }, names.map((name, index) =>
    h("li", {}, s("svg", { width: 34, height: 14, "aria-hidden": "true" },
      s("line", { class: `line s${index % MOST}`, x1: 1, x2: 33, y1: 7, y2: 7, "stroke-dasharray": DASHES[index % MOST] }),
      shape(SHAPES[index % MOST], 17, 7, `mark s${index % MOST}`, null)), h("span", {}, name))));
}

/** A course without axes, for beside a number; the numbers are in the table behind it. */
export function spark(course, label) {
  const points = course.slice(course.findIndex(known));
  const present = points.map((point, index) => [point, index]).filter(([point]) => known(point));
  if (present.length < 2) return null;
  const values = present.map(([point]) => point.value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [width, height] = [240, 44];
  const x = (index) => 5 + (index / (points.length - 1)) * (width - 10);
  const y = (amount) => 6 + (1 - (amount - low) / (high - low || 1)) * (height - 12);
  const line = present.map(([point, index]) => `${x(index).toFixed(1)},${y(point.value).toFixed(1)}`).join(" ");
  const [last, at] = present.at(-1);
  return s("svg", { class: "spark", role: "img", "aria-label": label, preserveAspectRatio: "xMinYMid", viewBox: `0 0 ${width} ${height}` },
    s("polyline", { class: "line s0", points: line }),
    s("circle", { class: "mark s0", cx: x(at), cy: y(last.value), r: 3.5 }));
}
