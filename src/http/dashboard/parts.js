// What stands beside a value: who is behind it, what it is out of, how it changed, and what is wrong with it.
import { file } from "./api.js";
import { grouped } from "./catalogue.js";
import { h } from "./dom.js";
import { difference, number, quarter, value } from "./format.js";
import { t, word } from "./i18n.js";
import { button } from "./states.js";

const badge = (kind, label, title) => h("span", { class: `badge ${kind}`, title }, label);

/** What a status says that the value alone does not. */
export function marks(item) {
  return [
    item.contested && badge("bad", item.coverage.expected > 1 ? t("contested.count", { count: item.contested.length }) : t("mark.contested"), t("mark.contested.why")),
    (item.status === "E" || item.basis === "estimated") && badge("warn", t("mark.estimated"), t("mark.estimated.why")),
    item.basis === "stated" && badge("plain", t("mark.stated"), t("mark.stated.why")),
    item.status === "B" && badge("plain", t("mark.break"), t("mark.break.why")),
    item.synthetic && badge("synthetic", t("mark.synthetic"), t("mark.synthetic.why")),
  ];
}

/** How many of the wards that belong here stand behind a value, and which do not. */
export function coverage({ coverage: { included, expected, missing } }, id) {
  const told = t("coverage.of", { included, expected });
  if (missing.length === 0) return h("p", { class: "coverage" }, told);
  return h("details", { class: "coverage", id }, h("summary", {}, told),
    [...grouped(missing, (one) => one.reason)].map(([reason, wards]) =>
      h("p", {}, `${word("missing", reason)}: `, wards.map((ward) => ward.name).join(", "), ".")));
}

/** Why a ward has no value. */
export const lack = (item) => (item.coverage?.missing.length > 0 ? word("missing", item.coverage.missing[0].reason) : word("null", item.reason));

/** Where there is no value: why, and the plain mean under its own name. */
export function without(item, indicator) {
  if (item.value !== null) return null;
  return [h("p", { class: "soft" }, word("null", item.reason)), item.statedMean && h("p", { class: "soft" }, mean(item, indicator))];
}

export const mean = ({ statedMean }, indicator) => t("mean.of", { value: value(statedMean.value, indicator), wards: statedMean.wards });

/** A difference to an earlier quarter, over the same wards in both, and what the service makes of it. */
function change(found, indicator) {
  if (!found) return null;
  const when = quarter(found.quarter);
  const why = () => found.reasons.map((reason) => word("difference", reason)).join("; ");
  if (found.difference === null) return h("p", { class: "change none" }, t("change.none", { when, reason: why() }));
  const shown = difference(found.difference, indicator);
  const quiet = shown.startsWith("±");
  const kind = ["better", "worse"].find((trend) => trend === found.trend);
  const unclear = found.trend === "noSignificantChange" && !quiet ? t("change.unclear") : found.trend === "notComparable" && why();
  const arrow = quiet ? "→" : Number(found.difference) > 0 ? "↑" : "↓";
  return h("p", { class: `change ${kind ?? "same"}` }, h("span", { "aria-hidden": "true" }, `${arrow} `), h("b", {}, shown), " ",
    kind && h("span", { class: "hidden" }, `(${t(`change.${kind}`)}) `),
    t("change.since", { when, wards: found.wards }), unclear && ` (${unclear})`);
}

/** Against the quarter before, and the same quarter of last year. */
export const changes = (item, indicator) => [item.change.previousQuarter, item.change.previousYear].map((found) => change(found, indicator));

/** A target, and whether it is reached. */
export function target(item, indicator) {
  if (!item.target) return null;
  const { value: aim, referencePeriod, source } = item.target;
  return h("p", { class: "target" }, t("target.of", { value: value(aim, indicator), period: referencePeriod }), ` (${t(`target.${source}`)})`,
    item.attainment && h("b", {}, ` · ${t(item.attainment.met ? "target.reached" : "target.open")}`));
}

/** Whether a report came by its deadline, as far as that is on record. */
export const punctuality = (inTime) => (inTime === null ? "undated" : inTime ? "in-time" : "late");

/** The counts behind a rate. */
export const counts = (item, of) =>
  item.numerator === null || !item.denominator ? null
    : h("p", { class: "counts" }, t("counts.of", { numerator: number(item.numerator), denominator: number(item.denominator) }), of && ` ${t(of)}`);

/** A strip that says that generated figures are among these. */
export const syntheticNotice = () =>
  h("p", { class: "strip synthetic" }, h("b", {}, t("synthetic.title")), " ", t("synthetic.notice"));

/** A file of the service, saved under the name that it gives. */
export const fileButton = (label, path, params, fallback) =>
  button(label, "", async () => {
    const { blob, name } = await file(path, params);
    save(blob, name ?? fallback);
  });

/** Hands a file to whoever asked for it. */
function save(blob, name) {
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
