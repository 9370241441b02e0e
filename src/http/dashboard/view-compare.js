// Chosen wards beside one another through time.
import { course, list } from "./api.js";
import { catalogue, chosen, indicatorPicker } from "./catalogue.js";
import { MOST, legend, lineChart } from "./chart-line.js";
import { h } from "./dom.js";
import { quarter as quarterName, rangeTo, ratio, value } from "./format.js";
import { t } from "./i18n.js";
import { csvButton, heading, lack, marks, pageButtons, syntheticNotice } from "./parts.js";
import { href } from "./route.js";
import { empty } from "./states.js";
import { table } from "./table.js";

const QUARTERS = 8;

export async function render(context) {
  const { quarter, query, say, subject: area } = context;
  const [indicators, wards] = await Promise.all([catalogue(), list("/wards", { at: quarter, parent: area })]);
  const indicator = chosen(indicators, query.indicator);
  const asked = (query.wards ?? "").split(",").filter(Boolean);
  const picked = wards.filter((ward) => asked.includes(ward.code)).slice(0, MOST);
  const title = `${t("compare.title")}, ${quarterName(quarter)}`;
  const range = rangeTo(quarter, QUARTERS);
  const items = picked.length === 0 ? [] : await course({ area, indicator: indicator.code, ...range, by: "ward" });
  const quarters = [...new Set(items.map((item) => item.quarter))].sort();
  // A ward has no figures of quarters in which it was not there.
  const courses = picked.map((ward) => ({ ward, items: quarters.map((one) =>
    items.find((item) => item.area.id === ward.id && item.quarter === one) ?? { quarter: one, value: null, reason: "areaDidNotExist" }) }));
  const head = ["ward", "name", "quarter", "indicator", "value", "numerator", "denominator", "status"];
  const rows = () => courses.flatMap(({ ward, items }) => items.map((item) =>
    [ward.code, ward.name, item.quarter, indicator.code, item.value, item.numerator, item.denominator, item.status]));
  const tools = [picked.length > 0 && csvButton(`${area}-${indicator.code}`, head, rows), pageButtons(say)];
  const go = (changes) => context.go("compare", area, quarter, { ...query, ...changes });
  const node = h("div", { class: "compare" },
    heading(t("compare.title"), `${indicator.name} · ${t("compare.span", { from: quarterName(range.from), to: quarterName(quarter) })}`, tools),
    indicatorPicker(indicators, indicator.code, (code) => go({ indicator: code })),
    choice(wards, picked, go),
    picked.length === 0 ? empty(t("compare.empty", { most: MOST })) : [
      courses.some(({ items }) => items.some((item) => item.synthetic)) && syntheticNotice(),
      chart(courses, indicator, quarter), beside(courses, indicator, quarter)]);
  return { title, node };
}

function choice(wards, picked, go) {
  const codes = picked.map((ward) => ward.code);
  const change = (code, on) => go({ wards: (on ? [...codes, code] : codes.filter((one) => one !== code)).join() });
  return h("fieldset", { class: "chips" }, h("legend", {}, t("compare.choose", { most: MOST })),
    wards.map((ward) => h("label", {}, h("input", { type: "checkbox", id: `ward-${ward.code}`, checked: codes.includes(ward.code),
      disabled: !codes.includes(ward.code) && codes.length >= MOST, onchange: (event) => change(ward.code, event.target.checked) }),
    h("span", {}, ward.name))));
}

function chart(courses, indicator, quarter) {
  const series = courses.map(({ ward, items }) => ({ name: ward.name,
    points: items.map((item) => ({ quarter: item.quarter, value: item.value, contested: item.contested })) }));
  if (!series.some((one) => one.points.some((point) => typeof point.value === "number"))) return empty(t("chart.empty"));
  const label = t("compare.chart", { indicator: indicator.name, names: series.map((one) => one.name).join(", ") });
  return h("figure", { class: "panel" }, h("figcaption", {}, indicator.name), legend(series.map((one) => one.name)),
    lineChart({ label, series, indicator, current: quarter, height: 320 }));
}

function beside(courses, indicator, quarter) {
  const quarters = courses[0].items.map((item) => item.quarter);
  const columns = [
    { key: "name", label: t("column.ward"), cell: ({ ward }) => h("a", { href: href("ward", ward.code, quarter, { indicator: indicator.code }) }, ward.name) },
    ...quarters.map((one, index) => ({ key: one, label: quarterName(one), numeric: true,
      cell: ({ items }) => (items[index].value === null
        ? ["–", h("span", { class: "hidden" }, lack(items[index]))] : value(items[index].value, indicator)) })),
  ];
  const counts = [
    columns[0],
    { key: "counts", label: t("column.counts"), numeric: true, cell: ({ items }) => ratio(items.at(-1)) },
    { key: "rank", label: t("column.rank"), numeric: true, cell: ({ items }) => (items.at(-1).rank ? `${items.at(-1).rank.position}/${items.at(-1).rank.of}` : "–") },
    { key: "marks", label: t("column.marks"), cell: ({ items }) => h("span", { class: "marks" }, marks(items.at(-1))) },
  ];
  return [table({ id: "compare-table", caption: t("wards.caption", { name: indicator.name, quarter: t("compare.span", { from: quarterName(quarters[0]), to: quarterName(quarter) }) }), columns, rows: courses }),
    table({ id: "compare-counts", caption: t("wards.caption", { name: indicator.name, quarter: quarterName(quarter) }), columns: counts, rows: courses })];
}
