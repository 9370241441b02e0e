// The fields of the form: one row a figure, in the order of the report, with what the rules say beside it.
import { grouped } from "./catalogue.js";
import { keyOf, textKey } from "./draft.js";
import { fill, h, idOf, typing } from "./dom.js";
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
  const section = (row) => row.indicator.section;
  return grouped([...rows].sort((left, right) => section(left).localeCompare(section(right), "en")), section);
}

export const rowId = (key) => `figure-${idOf(key)}`;

/** What is sent for a figure; of what it says besides its number nothing is lost. */
function entryOf(figure, change) {
  const { indicator, nature, span, referencePeriod, project, origin, method, instruction, note } = figure;
  return { indicator, nature, span, referencePeriod, project, origin, method, instruction, note, ...change };
}

/** A row: `{ key, element, update(editable) }`. */
export function figureRow(draft, { key, indicator, figure }) {
  const id = rowId(key);
  const { unit } = indicator;
  const input = h("input", { id, type: "text", inputmode: unit === "count" || unit === "VND" ? "numeric" : "decimal",
    autocomplete: "off", "aria-describedby": `${id}-notes` });
  const notes = h("div", { class: "notes", id: `${id}-notes` });
  const method = indicator.survey && indicator.kind === "rate" && h("select", { id: `${id}-method` },
    h("option", { value: "" }, t("form.noMethod")), METHODS.map((name) => h("option", { value: name }, word("method", name))));
  const project = draft.report.document.projects.find((one) => one.code === figure.project);
  const about = [figure.nature !== "actual" && `${word("nature", figure.nature)} ${figure.referencePeriod ?? ""}`.trim(),
    project?.name ?? figure.project].filter(Boolean);
  const element = h("div", { class: "row" },
    h("label", { for: id }, indicator.name, about.length > 0 && h("span", { class: "soft" }, ` – ${about.join(" · ")}`)),
    h("div", { class: "entry" }, input, h("span", { class: "unit", "aria-hidden": "true" }, UNITS[unit]?.includes(".") ? t(UNITS[unit]) : UNITS[unit] ?? "")),
    method && h("div", { class: "entry method" }, h("label", { class: "hidden", for: method.id }, t("form.method")), method),
    notes);
  const written = (said) => (said && !said.remove ? writeFigure(said, unit) : t("form.noFigure"));
  const disagreement = ({ mine, theirs }) => t("form.conflict", { theirs: written(theirs), mine: written(mine) });
  let editable = false;
  let touched = false;

  function typed(soon) {
    if (input.readOnly) return;
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
    update(editable);
  });
  method && method.addEventListener("change", () => typed(true));

  function update(mayEdit) {
    editable = mayEdit;
    if (!touched && !draft.busy(key)) {
      const stored = draft.show(key);
      input.value = stored ? writeFigure(stored, unit) : "";
    }
    input.readOnly = !editable;
    if (method) {
      method.disabled = !editable;
      if (!draft.busy(key)) method.value = draft.stored(key)?.method ?? "";
    }
    // A hint is said once; what must be mended is said at every figure that may be the wrong one.
    const found = draft.report.findings.filter((finding) => (finding.severity === "hint" ? finding.figures.slice(0, 1) : finding.figures)
      .some((one) => isAbout(one, key, draft)));
    const worst = ["error", "warning", "hint"].find((kind) => found.some((one) => one.severity === kind && !one.explanation));
    const fault = draft.faults.has(key) || draft.conflicts.has(key);
    element.className = `row ${fault ? "error" : worst ?? ""}`;
    if (draft.faults.has(key) || worst === "error") input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    if (typing(notes)) return;
    fill(notes, remarks(draft, key, disagreement), computed(draft, indicator, figure),
      found.length > 0 && h("ul", { class: "findings" }, found.map((finding) =>
        findingItem(finding, editable && isFirst(finding, key, draft) && explanationForm(draft, finding)))));
  }
  return { key, element, update };
}

/** A member of the document that the clerk enters: `{ element, update(editable) }`. */
export function memberField(draft, name, type) {
  const input = h("input", { id: `register-${name}`, type, autocomplete: "off", "aria-describedby": `register-${name}-notes` });
  const notes = h("div", { class: "notes", id: `${input.id}-notes` });
  const typed = (soon) => !input.readOnly && draft.put(name, input.value.trim() || null, soon);
  const disagreement = ({ mine, theirs }) => t("form.conflict", { theirs: theirs ?? t("form.noFigure"), mine: mine ?? t("form.noFigure") });
  input.addEventListener("input", () => typed(false));
  input.addEventListener("change", () => typed(true));
  const update = (editable) => {
    input.readOnly = !editable;
    if (document.activeElement !== input && !draft.busy(name)) input.value = draft.show(name) ?? "";
    fill(notes, remarks(draft, name, disagreement));
  };
  input.addEventListener("blur", () => update(!input.readOnly));
  return { element: h("div", { class: "field" }, h("label", { for: input.id }, t(`report.${name}`)), input, notes), update };
}

/** The words of a section, as the report has them: `{ element, update(editable) }`. */
export function textField(draft, { outline, heading }) {
  const key = textKey(outline);
  const id = `text-${idOf(outline)}`;
  const text = h("textarea", { id, rows: "8", "aria-describedby": `${id}-notes` });
  const notes = h("div", { class: "notes", id: `${id}-notes` });
  const element = h("details", { class: "behind", id: `${id}-fold` }, h("summary", {}, t("form.narrative")),
    h("label", { for: id }, heading), text, notes);
  const typed = (soon) => !text.readOnly && draft.put(key, text.value, soon);
  text.addEventListener("input", () => typed(false));
  text.addEventListener("change", () => typed(true));
  const disagreement = ({ theirs }) => [t("form.conflictText"), h("q", { class: "theirs" }, theirs || t("form.noFigure"))];
  const update = (editable) => {
    text.readOnly = !editable;
    if (document.activeElement !== text && !draft.busy(key)) text.value = draft.show(key) ?? "";
    fill(notes, remarks(draft, key, disagreement));
    if (draft.faults.has(key) || draft.conflicts.has(key)) element.open = true;
  };
  text.addEventListener("blur", () => update(!text.readOnly));
  return { element, update };
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

/** Why a field could not be saved as it is: it was refused, or somebody else wrote something else. */
function remarks(draft, key, disagreement) {
  const [fault, conflict] = [draft.faults.get(key), draft.conflicts.get(key)];
  return [fault && h("p", { class: "fault" }, fault),
    conflict && h("div", { class: "fault", role: "alert" }, disagreement(conflict), " ",
      h("button", { type: "button", onclick: () => draft.decide(key, true) }, t("form.keepMine")), " ",
      h("button", { type: "button", onclick: () => draft.decide(key, false) }, t("form.takeTheirs")))];
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
