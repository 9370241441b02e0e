// The figures that the form has rows for: those of the report, those that the catalogue expects, and those that are added.
import { grouped } from "./catalogue.js";
import { entryKey, keyOf } from "./draft-keys.js";
import { compareOutlines } from "./outline.js";

const NEED_PERIOD = ["target", "registered"];

/** What a figure of an indicator may claim to be: `{ kind, nature, span }`. */
export function kindsOf(indicator) {
  const own = (nature) => (NEED_PERIOD.includes(nature) && nature !== indicator.nature ? "year" : indicator.span);
  const natures = ["actual", "target", "registered", "reference"].map((nature) => ({ kind: nature, nature, span: own(nature) }));
  // Of what happens in a period, reports also tell how much it was since the year began.
  return indicator.span === "period" ? [...natures, { kind: "yearToDate", nature: "actual", span: "yearToDate" }] : natures;
}

export const needsPeriod = ({ nature }) => NEED_PERIOD.includes(nature);

/** Whether an indicator is told project by project: money is. */
export const isPerProject = (indicator, indicators) =>
  indicator.unit === "VND" || indicators.get(indicator.numerator)?.unit === "VND";

/** The figure that is expected of an indicator. */
function expected(indicator, year) {
  const figure = { indicator: indicator.code, nature: indicator.nature, span: indicator.span };
  return needsPeriod(indicator) ? { ...figure, referencePeriod: year } : figure;
}

/** Whether a figure is what was expected, though perhaps of another span or year. */
const answers = (figure, wanted) => figure.nature === wanted.nature && !figure.project && figure.span !== "yearToDate"
  && Boolean(figure.referencePeriod) === Boolean(wanted.referencePeriod);

/** The figures as rows, `{ key, indicator, figure, extra }`; what is `extra` goes away when it is taken out. */
export function shapes(indicators, report, added = []) {
  const year = report.quarter.slice(0, 4);
  const rows = [];
  for (const indicator of indicators.values()) {
    if (indicator.kind === "derived") continue;
    const stated = report.document.observations.filter((figure) => figure.indicator === indicator.code);
    const wanted = expected(indicator, year);
    const all = [...stated, ...added.filter((figure) => figure.indicator === indicator.code)];
    if (!stated.some((figure) => answers(figure, wanted))) all.push(wanted);
    const keys = new Set();
    for (const figure of all) {
      const key = keyOf(figure);
      if (!keys.has(key)) rows.push({ key, indicator, figure, extra: key !== keyOf(wanted) });
      keys.add(key);
    }
  }
  return rows;
}

/** The rows by section, in the order of the report. */
export function sections(rows) {
  const section = (row) => row.indicator.section;
  return grouped([...rows].sort((left, right) => compareOutlines(section(left), section(right))), section);
}

/** What is sent for a figure; of what it says besides its number nothing is lost. */
export function entryOf(figure, change) {
  const { indicator, nature, span, referencePeriod, project, origin, method, instruction, note } = figure;
  return { indicator, nature, span, referencePeriod, project, origin, method, instruction, note, ...change };
}

/** The figures of a project: each as it is, and as it is taken out. */
export const figuresOf = (draft, project) =>
  draft.report.document.observations.filter((figure) => figure.project === project)
    .map((figure) => ({ key: keyOf(figure), figure, without: entryOf(figure, { remove: true }) }));

/** A project knows which indicators hold its money, so it learns of a figure that is added or taken out. */
export function tellProject(draft, { project, indicator }, { unit }, there) {
  const id = project && unit === "VND" && draft.lists.ids("projects").find((one) => draft.current(entryKey("projects", one))?.code === project);
  if (!id) return;
  const key = entryKey("projects", id);
  // What is being decided about is left alone.
  if (draft.faults.has(key) || draft.conflicts.has(key)) return;
  const said = draft.current(key);
  const known = said.moneyIndicators ?? [];
  if (known.includes(indicator) === there) return;
  draft.put(key, { ...said, moneyIndicators: there ? [...known, indicator] : known.filter((one) => one !== indicator) });
}
