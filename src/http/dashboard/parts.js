// What stands beside a value: who is behind it, what it is out of, how it changed, and what is wrong with it.
import { file } from "./api.js";
import { h } from "./dom.js";
import { difference, number, quarter, value } from "./format.js";
import { t, word } from "./i18n.js";
import { button } from "./states.js";

export const decimalsOf = (indicator) => ({ poverty_rate: 2, near_poverty_rate: 2 })[indicator];

const badge = (kind, label, title) => h("span", { class: `badge ${kind}`, title }, label);

/** What a status says that the value alone does not. */
export function marks(item) {
  return [
    item.status === "U" && badge("bad", t("mark.contested"), t("mark.contested.why")),
    (item.status === "E" || item.basis === "estimated") && badge("warn", t("mark.estimated"), t("mark.estimated.why")),
    item.basis === "stated" && badge("plain", t("mark.stated"), t("mark.stated.why")),
    item.status === "B" && badge("plain", t("mark.break"), t("mark.break.why")),
    item.synthetic && badge("synthetic", t("mark.synthetic"), t("mark.synthetic.why")),
  ];
}

/** How many of the wards that belong here stand behind a value, and which do not. */
export function coverage({ coverage: found }, id) {
  const [expected, , included] = Array.isArray(found) ? found : [found.expected, found.reported, found.included];
  const missing = Array.isArray(found) ? [] : found.missing;
  const told = t("coverage.of", { included, expected });
  if (missing.length === 0) return h("p", { class: "coverage" }, told);
  const reasons = Map.groupBy ? Map.groupBy(missing, (one) => one.reason) : groups(missing);
  return h("details", { class: "coverage", id }, h("summary", {}, told),
    [...reasons].map(([reason, wards]) =>
      h("p", {}, `${word("missing", reason)}: `, wards.map((ward) => ward.name).join(", "), ".")));
}

function groups(missing) {
  const found = new Map();
  for (const one of missing) found.set(one.reason, [...(found.get(one.reason) ?? []), one]);
  return found;
}

const why = (found) => found.reasons.map((reason) => word("difference", reason)).join("; ");

/** A difference to an earlier quarter, over the same wards in both, and what the service makes of it. */
export function change(found, indicator, unit, decimals) {
  if (!found) return null;
  const when = quarter(found.quarter);
  if (found.difference === null || found.difference === undefined) {
    return h("p", { class: "change none" }, t("change.none", { when, reason: why(found) }));
  }
  const shown = difference(found.difference, unit, decimals);
  const quiet = shown.startsWith("±");
  const up = Number(found.difference) > 0;
  const direction = { on_time_resolution_rate: 1, online_submission_rate: 1, satisfaction_rate: 1, poverty_rate: -1,
    near_poverty_rate: -1, dossiers_in_progress_overdue: -1, ...indicator.directions }[indicator.code] ?? 0;
  const steered = quiet || direction === 0 ? "same" : up === direction > 0 ? "better" : "worse";
  const kind = { better: "better", worse: "worse", noSignificantChange: "same", notComparable: "same" }[found.trend] ?? steered;
  const unclear = found.trend === "noSignificantChange" && !quiet ? t("change.unclear") : found.trend === "notComparable" && why(found);
  const arrow = quiet ? "→" : up ? "↑" : "↓";
  return h("p", { class: `change ${kind}` }, h("span", { "aria-hidden": "true" }, `${arrow} `), h("b", {}, shown), " ",
    kind !== "same" && h("span", { class: "hidden" }, `(${t(`change.${kind}`)}) `),
    t("change.since", { when, wards: found.wards }), unclear && ` (${unclear})`);
}

/** A target, and whether it is reached. */
export function target(item, direction, decimals) {
  if (!item.target) return null;
  const { value: aim, referencePeriod, source } = item.target;
  const told = t("target.of", { value: value(aim, item.unit ?? "percent", decimals), period: referencePeriod });
  const reached = item.value === null || item.value === undefined || direction === "neutral" ? null
    : direction === "lower" ? item.value <= aim : item.value >= aim;
  return h("p", { class: "target" }, told, ` (${t(`target.${source}`)})`,
    reached !== null && h("b", {}, ` · ${t(reached ? "target.reached" : "target.open")}`));
}

/** The counts behind a rate. */
export const counts = (item, above, below) =>
  item.numerator === null || item.numerator === undefined || !item.denominator ? null
    : h("p", { class: "counts" }, t("counts.of", { numerator: number(item.numerator), denominator: number(item.denominator) }),
      above && ` ${t(above)}`, below && ` ${t(below)}`);

/** A strip that says that generated figures are among these. */
export const syntheticNotice = () =>
  h("p", { class: "strip synthetic" }, h("b", {}, t("synthetic.title")), " ", t("synthetic.notice"));

export const contested = (rows) => rows.filter((row) => row.status === "U");

/** A file of the service, saved under the name that it gives. */
export const fileButton = (label, path, params, fallback) =>
  button(label, "", async () => {
    const { blob, name } = await file(path, params);
    save(blob, name ?? fallback);
  });

/** Hands a file to whoever asked for it. */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = h("a", { href: url, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A table as CSV that spreadsheets open with its accents. */
export function csvButton(name, head, rows) {
  const cell = (text) => {
    const plain = String(text ?? "");
    // A cell that begins like a formula would be one.
    const safe = /^[=+\-@\t\r]/.test(plain) && Number.isNaN(Number(plain)) ? `'${plain}` : plain;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return button(t("do.csv"), "", async () => {
    const lines = [head, ...rows()].map((row) => row.map(cell).join(","));
    save(new Blob([`\uFEFF${lines.join("\r\n")}\r\n`], { type: "text/csv;charset=utf-8" }), `${name}.csv`);
  });
}

/** Printing, and the address to send on. */
export const pageButtons = (say) => [
  h("button", { type: "button", onclick: () => window.print() }, t("do.print")),
  navigator.clipboard && button(t("do.share"), "", async () => {
    await navigator.clipboard.writeText(location.href);
    say(t("do.shared"));
  }),
];

/** The head of a view. */
export const heading = (title, lead, ...tools) =>
  h("div", { class: "heading" }, h("div", {}, h("h1", {}, title), lead && h("p", { class: "soft" }, lead)),
    h("div", { class: "tools" }, tools));
