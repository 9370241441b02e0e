// The fields of the form: one row a figure, in the order of the report, with what the rules say beside it.
import { keyOf } from "./draft.js";
import { fill, h, idOf } from "./dom.js";
import { number } from "./format.js";
import { readFigure, writeFigure } from "./figure-text.js";
import { explanationForm } from "./form-findings.js";
import { findingItem } from "./findings.js";
import { t, word } from "./i18n.js";

const METHODS = ["questionnaire", "counterRating", "portalRating", "decision766"];
const UNITS = { percent: "%", VND: "unit.dong", perWeek: "unit.weekly" };

/** The figures that the form has a row for: those of the report, and of the catalogue what it lacks. */
export function shapes(indicators, report) {
  const year = report.quarter.slice(0, 4);
  const rows = [];
  for (const indicator of indicators.values()) {
    if (indicator.kind === "derived") continue;
    const stated = report.document.observations.filter((figure) => figure.indicator === indicator.code);
    for (const figure of stated) rows.push({ key: keyOf(figure), indicator, figure });
    if (stated.some((figure) => figure.nature === indicator.nature)) continue;
    const figure = { indicator: indicator.code, nature: indicator.nature, span: indicator.span };
    if (indicator.nature === "registered" || indicator.nature === "target") figure.referencePeriod = year;
    rows.push({ key: keyOf(figure), indicator, figure });
  }
  return rows;
}

/** The rows by section, in the order of the report. */
export function sections(rows) {
  const found = new Map();
  const ordered = [...rows].sort((left, right) => left.indicator.section.localeCompare(right.indicator.section, "en"));
  for (const row of ordered) found.set(row.indicator.section, [...(found.get(row.indicator.section) ?? []), row]);
  return found;
}

export const rowId = (key) => `figure-${idOf(key)}`;

/** What is sent for a figure; of what it says besides its number nothing is lost. */
function entryOf(figure, change) {
  const { indicator, nature, span, referencePeriod, project, origin, method, instruction, note } = figure;
  return { indicator, nature, span, referencePeriod, project, origin, method, instruction, note, ...change };
}

/** A row: `{ element, update(draft) }`. */
export function figureRow({ key, indicator, figure }, projects) {
  const id = rowId(key);
  const { unit } = indicator;
  const input = h("input", { id, type: "text", inputmode: unit === "count" || unit === "VND" ? "numeric" : "decimal",
    autocomplete: "off", "aria-describedby": `${id}-notes` });
  const notes = h("div", { class: "notes", id: `${id}-notes` });
  const method = indicator.survey && indicator.kind === "rate" && h("select", { id: `${id}-method` },
    h("option", { value: "" }, t("form.noMethod")), METHODS.map((name) => h("option", { value: name }, word("method", name))));
  const about = [figure.nature !== "actual" && `${word("nature", figure.nature)} ${figure.referencePeriod ?? ""}`.trim(),
    figure.project && (projects.find((one) => one.code === figure.project)?.name ?? figure.project)].filter(Boolean);
  const element = h("div", { class: "row" },
    h("label", { for: id }, indicator.name, about.length > 0 && h("span", { class: "soft" }, ` – ${about.join(" · ")}`)),
    h("div", { class: "entry" }, input, h("span", { class: "unit", "aria-hidden": "true" }, UNITS[unit]?.includes(".") ? t(UNITS[unit]) : UNITS[unit] ?? "")),
    method && h("div", { class: "entry method" }, h("label", { class: "hidden", for: method.id }, t("form.method")), method),
    notes);
  let draft = null;
  let touched = false;

  function typed(soon) {
    if (!draft || input.readOnly) return;
    const stored = draft.stored(key) ?? figure;
    const read = readFigure(input.value, unit);
    if (read?.fault) {
      // Half a number while typing is no fault yet.
      if (soon) draft.refuse(key, t("form.notNumber", { text: input.value.trim() }));
      return;
    }
    const wanted = method ? method.value || undefined : stored.method;
    if (read === null) draft.put(key, entryOf(figure, { remove: true }), soon);
    else draft.put(key, entryOf(stored, { ...read, method: wanted }), soon);
  }
  input.addEventListener("input", () => {
    touched = true;
    typed(false);
  });
  input.addEventListener("change", () => typed(true));
  // Once left and saved, a field shows the figure as the report has it.
  input.addEventListener("blur", () => {
    touched = false;
    if (draft) update(draft, !input.readOnly);
  });
  method && method.addEventListener("change", () => typed(true));

  function update(next, editable) {
    draft = next;
    const stored = draft.stored(key);
    const busy = touched || draft.figures.has(key) || draft.faults.has(key) || draft.conflicts.has(key);
    if (!busy) input.value = stored ? writeFigure(stored, unit) : "";
    input.readOnly = !editable;
    if (method) {
      method.disabled = !editable;
      if (!draft.figures.has(key)) method.value = stored?.method ?? "";
    }
    // A hint is said once; what must be mended is said at every figure that may be the wrong one.
    const found = draft.report.findings.filter((finding) => (finding.severity === "hint" ? finding.figures.slice(0, 1) : finding.figures)
      .some((one) => isAbout(one, key, draft)));
    const worst = ["error", "warning", "hint"].find((kind) => found.some((one) => one.severity === kind && !one.explanation));
    const fault = draft.faults.get(key);
    element.className = `row ${fault || draft.conflicts.has(key) ? "error" : worst ?? ""}`;
    if (fault || worst === "error") input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    // What is being typed below the figure, an explanation, is left as it is.
    if (notes.contains(document.activeElement) && document.activeElement.tagName === "TEXTAREA") return;
    fill(notes, fault && h("p", { class: "fault" }, fault), conflict(draft, key, unit), computed(draft, indicator, figure),
      found.length > 0 && h("ul", { class: "findings" }, found.map((finding) =>
        findingItem(finding, editable && isFirst(finding, key, draft) && explanationForm(draft, finding)))));
  }
  return { key, element, update };
}

/** Whether a figure of a finding is the one under a key. */
function isAbout(involved, key, draft) {
  const index = /^\/observations\/(\d+)/.exec(involved.pointer ?? "")?.[1];
  const figure = index ? draft.report.document.observations[Number(index)] : null;
  if (figure) return keyOf(figure) === key;
  return key.startsWith(`${involved.indicator}|${involved.nature}|`);
}

const isFirst = (finding, key, draft) => isAbout(finding.figures[0], key, draft);

/** The key of the first figure that a finding is about; nothing for what is about the text. */
export function firstKey(finding, draft, rows) {
  if (finding.figures.length === 0) return null;
  return rows.find((row) => isAbout(finding.figures[0], row.key, draft))?.key ?? null;
}

function conflict(draft, key, unit) {
  const found = draft.conflicts.get(key);
  if (!found) return null;
  const show = (figure) => (figure && !figure.remove ? writeFigure(figure, unit) : t("form.noFigure"));
  return h("p", { class: "fault", role: "alert" }, t("form.conflict", { theirs: show(found.theirs), mine: show(found.mine) }), " ",
    h("button", { type: "button", onclick: () => draft.decide(key, true) }, t("form.keepMine")), " ",
    h("button", { type: "button", onclick: () => draft.decide(key, false) }, t("form.takeTheirs")));
}

/** A rate whose counts are there need not be typed. */
function computed(draft, indicator, figure) {
  if (indicator.kind !== "rate" || figure.nature !== "actual") return null;
  const part = (code) => draft.report.document.observations.find((one) => one.indicator === code && one.nature === "actual" && !one.project && !one.operator);
  const [above, below] = [part(indicator.numerator), part(indicator.denominator)];
  if (!above || !below || Number(below.value) === 0) return null;
  const rate = (100 * Number(above.value)) / Number(below.value);
  return h("p", { class: "soft" }, t("form.computed", { numerator: number(above.value), denominator: number(below.value), rate: number(rate.toFixed(4), indicator.decimals) }));
}
