// The fields of the form: one row a figure, in the order of the report, with what the rules say beside it.
import { keyOf } from "./draft-keys.js";
import { fill, h, idOf, typing } from "./dom.js";
import { number } from "./format.js";
import { readFigure, writeFigure } from "./figure-text.js";
import { entryOf, tellProject } from "./form-figures.js";
import { explanationForm } from "./form-findings.js";
import { remarks } from "./form-remarks.js";
import { findingItem } from "./findings.js";
import { t, word } from "./i18n.js";

const METHODS = ["questionnaire", "counterRating", "portalRating", "decision766"];
const UNITS = { percent: "%", VND: "unit.dong", perWeek: "unit.weekly" };

export const rowId = (key) => `figure-${idOf(key)}`;

/** A row: `{ key, element, update(editable), focus() }`. What is extra has a button that takes it out. */
export function figureRow(draft, row, takeOut) {
  const { key, indicator, figure, extra } = row;
  const id = rowId(key);
  const { unit } = indicator;
  const input = h("input", { id, type: "text", inputmode: unit === "count" || unit === "VND" ? "numeric" : "decimal",
    autocomplete: "off", "aria-describedby": `${id}-notes` });
  const notes = h("div", { class: "notes", id: `${id}-notes` });
  const method = indicator.survey && indicator.kind === "rate" && h("select", { id: `${id}-method` },
    h("option", { value: "" }, t("form.noMethod")), METHODS.map((name) => h("option", { value: name }, word("method", name))));
  const about = h("span", { class: "soft" });
  const away = extra && h("button", { type: "button", class: "small", id: `${id}-remove`, onclick: () => takeOut(key, label.textContent) },
    t("entry.remove"), h("span", { class: "hidden" }));
  const label = h("label", { for: id }, indicator.name, about);
  const element = h("div", { class: "row" },
    h("div", { class: "what" }, label, away),
    h("div", { class: "entry" }, input, h("span", { class: "unit", "aria-hidden": "true" }, UNITS[unit]?.includes(".") ? t(UNITS[unit]) : UNITS[unit] ?? "")),
    method && h("div", { class: "entry method" }, h("label", { class: "hidden", for: method.id }, t("form.method")), method),
    notes);
  const written = (said) => (said && !said.remove ? writeFigure(said, unit) : t("form.noFigure"));
  const disagreement = ({ mine, theirs }) => t("form.conflict", { theirs: written(theirs), mine: written(mine) });
  const told = () => {
    const project = draft.report.document.projects.find((one) => one.code === figure.project);
    const kind = figure.span === "yearToDate" ? "yearToDate" : figure.nature;
    return [[kind !== "actual" && word("nature", kind), figure.referencePeriod].filter(Boolean).join(" "), project?.name ?? figure.project].filter(Boolean);
  };
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
    tellProject(draft, figure, indicator, read !== null);
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
    fill(about, told().map((one) => ` – ${one}`));
    if (away) {
      away.hidden = !editable;
      fill(away.lastChild, `: ${label.textContent}`);
    }
    if (method) {
      method.disabled = !editable;
      if (!draft.busy(key)) method.value = draft.stored(key)?.method ?? "";
    }
    // A hint is said once; what must be mended is said at every figure that may be the wrong one.
    const found = draft.report.findings.filter((finding) => (finding.severity === "hint" ? finding.figures.slice(0, 1) : finding.figures)
      .some((one) => isAbout(one, row, draft)));
    const worst = ["error", "warning", "hint"].find((kind) => found.some((one) => one.severity === kind && !one.explanation));
    const fault = draft.faults.has(key) || draft.conflicts.has(key);
    element.className = `row ${fault ? "error" : worst ?? ""}`;
    if (draft.faults.has(key) || worst === "error") input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    if (typing(notes)) return;
    fill(notes, remarks(draft, key, disagreement), computed(draft, indicator, figure),
      found.length > 0 && h("ul", { class: "findings" }, found.map((finding) =>
        findingItem(finding, editable && isFirst(finding, row, draft) && explanationForm(draft, finding)))));
  }
  return { key, element, update, focus: () => input.focus() };
}

/** Whether a figure of a finding is the one under a key. */
function isAbout(involved, { key, extra }, draft) {
  const index = /^\/observations\/(\d+)/.exec(involved.pointer ?? "")?.[1];
  const figure = index ? draft.report.document.observations[Number(index)] : null;
  if (figure) return keyOf(figure) === key;
  return !extra && key.startsWith(`${involved.indicator}|${involved.nature}|`);
}

const isFirst = (finding, row, draft) => isAbout(finding.figures[0], row, draft);

/** The key of the first figure that a finding is about; nothing for what is about the text. */
export function firstKey(finding, draft, rows) {
  if (finding.figures.length === 0) return null;
  return rows.find((row) => isAbout(finding.figures[0], row.shape, draft))?.key ?? null;
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
