// One ward, or any area, through time; and of a ward its report of the quarter with what the rules say of it.
import { areaAt, course as courseOf, reportOf } from "./api.js";
import { catalogue, chosen, indicatorPicker } from "./catalogue.js";
import { lineChart } from "./chart-line.js";
import { h } from "./dom.js";
import { day, instant, printed, quarter as quarterName, rangeTo, ratio, value } from "./format.js";
import { findingItem, severityCounts } from "./findings.js";
import { t, word } from "./i18n.js";
import { changes, counts, coverage, csvButton, fileButton, heading, marks, pageButtons, punctuality, syntheticNotice, target, without } from "./parts.js";
import { empty } from "./states.js";
import { behind, table } from "./table.js";

const QUARTERS = 12;
/** The kinds of areas that report. */
const REPORTING = ["ward", "commune", "township"];

export async function render(context) {
  const { quarter, query, say, subject: code } = context;
  const indicators = await catalogue();
  const indicator = chosen(indicators, query.indicator);
  const [course, area, found] = await Promise.all([
    courseOf({ area: code, indicator: indicator.code, ...rangeTo(quarter, QUARTERS) }),
    areaAt(code, quarter),
    reportOf(code, quarter, "published"),
  ]);
  const [name, report] = [area.name, found?.data];
  const title = `${name}, ${quarterName(quarter)}`;
  const go = (wanted) => context.go("ward", code, quarter, { indicator: wanted });
  const rows = () => course.map((item) => [code, item.quarter, indicator.code, item.value, item.numerator, item.denominator, item.basis, item.status, item.synthetic]);
  const tools = [csvButton(`${code}-${indicator.code}`, ["area", "quarter", "indicator", "value", "numerator", "denominator", "basis", "status", "synthetic"], rows),
    report && fileButton(t("do.reportXlsx"), "/exports/report.xlsx", { ward: code, quarter }, `${quarter}.xlsx`), pageButtons(say)];
  const within = area.parent ? t("ward.within", { name: area.parent.name }) : "";
  const ended = area.validTo ? ` · ${t("ward.until", { date: day(area.validTo), names: area.successors.map((one) => one.area.name).join(", ") })}` : "";
  const node = h("div", { class: "ward" },
    heading(name, `${quarterName(quarter)}${within ? ` · ${within}` : ""}${ended}`, tools),
    course.some((item) => item.synthetic) && syntheticNotice(),
    indicatorPicker(indicators, indicator.code, go),
    through(course, indicator, quarter, name),
    REPORTING.includes(area.kind) && reported(report, indicators, quarter));
  return { title, node };
}

function through(course, indicator, quarter, name) {
  const item = course.find((one) => one.quarter === quarter) ?? course.at(-1);
  const known = course.filter((one) => typeof one.value === "number");
  const aim = item?.target ?? course.findLast((one) => one.target)?.target;
  const label = t("chart.through", { indicator: indicator.name, name, count: known.length });
  const points = course.map((one) => ({ quarter: one.quarter, value: one.value, lower: one.interval?.lower, upper: one.interval?.upper, contested: one.contested }));
  const aims = aim ? [{ name: t("target.of", { value: value(aim.value, indicator), period: aim.referencePeriod }), value: aim.value }] : [];
  const columns = [
    { key: "quarter", label: t("column.quarter"), cell: (one) => quarterName(one.quarter) },
    { key: "value", label: t("column.value"), numeric: true, cell: (one) => value(one.value, indicator) },
    { key: "counts", label: t("column.counts"), numeric: true, cell: (one) => ratio(one) },
    course.some((one) => one.interval) && { key: "interval", label: t("column.interval"), numeric: true,
      cell: (one) => (one.interval ? `${value(one.interval.lower, indicator)} – ${value(one.interval.upper, indicator)}` : "–") },
    { key: "coverage", label: t("column.coverage"), numeric: true, cell: (one) => `${one.coverage.included}/${one.coverage.expected}` },
    { key: "marks", label: t("column.marks"), cell: (one) => h("span", { class: "marks" }, one.value === null ? word("null", one.reason) : marks(one)) },
  ].filter(Boolean);
  return h("section", { class: "panel", "aria-labelledby": "through" },
    h("h2", { id: "through" }, indicator.name),
    h("p", { class: "soft" }, indicator.definition),
    h("p", { class: "value" }, h("b", {}, value(item?.value, indicator)), h("span", {}, ` ${quarterName(item?.quarter ?? quarter)}`)),
    item && [h("p", { class: "marks" }, marks(item)), without(item, indicator), counts(item), changes(item, indicator), target(item, indicator), coverage(item, "through-coverage")],
    known.length > 0 ? lineChart({ label, series: [{ name: "", points }], aims, indicator, current: quarter }) : empty(t("chart.empty")),
    known.length > 0 && points.some((point) => point.lower !== undefined) && h("p", { class: "soft" }, t("chart.band")),
    known.length > 0 && behind("through-table", table({ id: "through-rows", caption: label, columns, rows: [...course].reverse() })));
}

/** The published report: who sent it and when, what the rules say of it, and its figures as printed. */
function reported(report, indicators, quarter) {
  const title = h("h2", { id: "report" }, t("report.title", { quarter: quarterName(quarter) }));
  if (!report) return h("section", { class: "panel", "aria-labelledby": "report" }, title, empty(t("report.none")));
  const { document: text, findings } = report;
  const facts = [
    [t("report.number"), [text.number, text.symbol].filter(Boolean).join("/") || t("report.noNumber")],
    [t("report.date"), text.date ? day(text.date) : t("report.noDate")],
    text.signatory && [t("report.signatory"), `${text.signatory.name} (${text.signatory.title})`],
    [t("report.submitted"), !report.submittedAt ? t("reporting.undated")
      : report.inTime === null ? instant(report.submittedAt) : `${instant(report.submittedAt)}, ${t(`reporting.${punctuality(report.inTime)}`)}`],
    [t("report.published"), `${instant(report.publishedAt)} · ${t("town.revision", { revision: report.revision })}`],
    [t("report.version"), report.version],
  ].filter(Boolean);
  const ordered = findings.filter((one) => one.severity !== "hint");
  const hints = findings.filter((one) => one.severity === "hint");
  return h("section", { class: "panel", "aria-labelledby": "report" }, title,
    report.synthetic && syntheticNotice(), text.title && h("p", {}, text.title),
    h("dl", { class: "facts" }, facts.map(([label, told]) => h("div", {}, h("dt", {}, label), h("dd", {}, told)))),
    h("h3", {}, t("findings.title")), severityCounts(findings),
    ordered.length > 0 && h("ul", { class: "findings" }, ordered.map((one) => findingItem(one))),
    hints.length > 0 && h("details", { id: "hints" }, h("summary", {}, t("findings.hints", { count: hints.length })),
      h("ul", { class: "findings" }, hints.map((one) => findingItem(one)))),
    figures(text, findings, indicators));
}

function figures(text, findings, indicators) {
  const wrong = new Set(findings.filter((one) => one.severity === "error").flatMap((one) => one.figures.map((figure) => figure.pointer?.split("/")[2])));
  const rows = text.observations.map((figure, index) => ({ figure, index, kind: wrong.has(String(index)) ? "wrong" : null }));
  const named = (figure) => indicators.get(figure.indicator)?.name ?? figure.indicator;
  const columns = [
    { key: "indicator", label: t("column.indicator"), cell: ({ figure }) => [named(figure),
      figure.nature !== "actual" && ` (${word("nature", figure.nature)}${figure.referencePeriod ? ` ${figure.referencePeriod}` : ""})`,
      figure.project && ` – ${text.projects.find((one) => one.code === figure.project)?.name ?? figure.project}`] },
    { key: "value", label: t("column.value"), numeric: true, cell: ({ figure }) =>
      `${figure.operator && figure.operator !== "=" ? `${figure.operator} ` : ""}${printed(figure.value, indicators.get(figure.indicator)?.unit)}` },
    { key: "quote", label: t("column.quote"), cell: ({ figure }) => figure.mentions?.length ? figure.mentions.map((one) => h("q", {}, one.quote)) : word("origin", figure.origin) },
  ];
  return h("details", { id: "figures" }, h("summary", {}, t("report.figures", { count: rows.length })),
    table({ id: "figures-table", caption: t("report.figures", { count: rows.length }), columns, rows, kind: "quotes" }));
}

