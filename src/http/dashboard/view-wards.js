// The wards of an area beside one another: ranked bars, and a table that can be sorted.
import { list, published } from "./api.js";
import { catalogue, chosen, indicatorPicker } from "./catalogue.js";
import { barChart } from "./chart-bars.js";
import { MOST } from "./chart-line.js";
import { h } from "./dom.js";
import { difference, exact, quarter as quarterName, ratio, value } from "./format.js";
import { t, word } from "./i18n.js";
import { csvButton, fileButton, heading, lack, marks, mean, pageButtons, syntheticNotice } from "./parts.js";
import { amend, href } from "./route.js";
import { empty } from "./states.js";
import { table } from "./table.js";

export async function render(context) {
  const { quarter, query, say, subject: area } = context;
  const indicators = await catalogue();
  const indicator = chosen(indicators, query.indicator);
  const [byWard, whole, wards] = await Promise.all([
    published("/aggregates", { area, indicator: indicator.code, quarter, by: "ward" }),
    published("/aggregates", { area, indicator: indicator.code, quarter }),
    list("/wards", { at: quarter, parent: area }),
  ]);
  const names = new Map(wards.map((ward) => [ward.id, ward]));
  const rows = byWard.items.map((item) => ({ item, ward: names.get(item.area.id) ?? item.area }));
  const name = whole.items[0]?.area.name ?? area;
  const title = `${indicator.name}, ${name}, ${quarterName(quarter)}`;
  const picker = indicatorPicker(indicators, indicator.code, (code) =>
    context.go("wards", area, quarter, { ...query, indicator: code, sort: null }));
  const head = heading(t("wards.title", { name }), `${quarterName(quarter)} · ${indicator.definition}`, tools({ area, quarter, indicator, rows, say }));
  if (rows.length === 0) return { title, node: h("div", {}, head, picker, empty(t("town.nobody"))) };
  const node = h("div", { class: "wards" }, head, picker,
    rows.some(({ item }) => item.synthetic) && syntheticNotice(),
    summary(whole.items[0], indicator), ranked(rows, whole.items[0], indicator, quarter),
    sortable({ rows, indicator, quarter, area, context }));
  return { title, node };
}

function tools({ area, quarter, indicator, rows, say }) {
  const head = ["ward", "name", "quarter", "indicator", "value", "numerator", "denominator", "basis", "status", "synthetic"];
  const cells = () => rows.map(({ item, ward }) => [ward.code, ward.name, quarter, indicator.code, item.value, item.numerator,
    item.denominator, item.basis, item.status, item.synthetic]);
  return [csvButton(`${area}-${quarter}-${indicator.code}`, head, cells),
    fileButton(t("do.xlsx"), "/exports/quarter.xlsx", { area, quarter }, `${quarter}.xlsx`), pageButtons(say)];
}

function summary(item, indicator) {
  const { included, expected } = item.coverage;
  return h("p", { class: "summary" }, h("b", {}, `${item.area.name}: ${value(item.value, indicator)}`), " ",
    item.denominator ? `(${ratio(item)}) ` : "",
    item.value === null && item.reason ? `${word("null", item.reason)} ` : "",
    item.statedMean && item.value === null ? `${mean(item, indicator)} ` : "",
    t("coverage.of", { included, expected }));
}

/** In the order of the catalogue's better; what has no better, by size. */
function ranked(rows, whole, indicator, quarter) {
  const sign = indicator.direction === "lower" ? 1 : -1;
  const worth = ({ item }) => (typeof item.value === "number" ? sign * item.value : Infinity);
  const bars = [...rows].sort((left, right) => worth(left) - worth(right))
    .map(({ item, ward }) => ({ item, name: ward.name, href: href("ward", ward.code, quarter, { indicator: indicator.code }) }));
  const label = t(`bars.${indicator.direction}`, { name: indicator.name });
  const comparable = indicator.kind === "rate" ? whole.value : null;
  return barChart({ label, rows: bars, indicator, whole: comparable });
}

const moved = (found, indicator) => (typeof found?.difference === "number" ? difference(found.difference, indicator) : "–");

function sortable({ rows, indicator, quarter, area, context }) {
  const chosenWards = new Set();
  const go = h("a", { class: "button primary", "aria-disabled": "true" }, t("wards.compare"));
  const choose = (code, checked) => {
    if (checked) chosenWards.add(code);
    else chosenWards.delete(code);
    const enough = chosenWards.size >= 2 && chosenWards.size <= MOST;
    go.setAttribute("aria-disabled", String(!enough));
    if (enough) go.href = href("compare", area, quarter, { wards: [...chosenWards].join(), indicator: indicator.code });
    else go.removeAttribute("href");
  };
  const better = indicator.direction !== "neutral";
  const columns = [
    { key: "name", label: t("column.ward"), order: ({ ward }) => ward.name.replace(/^(Phường|Xã|Thị trấn) /, ""),
      cell: ({ ward }) => h("span", { class: "choice" },
        h("input", { type: "checkbox", id: `choose-${ward.code}`, "aria-label": t("wards.choose", { name: ward.name }),
          onchange: (event) => choose(ward.code, event.target.checked) }),
        h("a", { href: href("ward", ward.code, quarter, { indicator: indicator.code }) }, ward.name)) },
    { key: "value", label: t("column.value"), numeric: true, order: ({ item }) => item.value,
      cell: ({ item }) => value(item.value, indicator) },
    indicator.kind === "rate" && { key: "counts", label: t("column.counts"), numeric: true, order: ({ item }) => item.denominator,
      cell: ({ item }) => ratio(item) },
    indicator.kind === "rate" && { key: "stated", label: t("column.stated"), numeric: true, order: ({ item }) => item.stated,
      cell: ({ item }) => (item.stated === null ? "–" : `${exact(item.stated)}%`) },
    { key: "quarter", label: t("column.previousQuarter"), numeric: true, order: ({ item }) => item.change.previousQuarter?.difference,
      cell: ({ item }) => moved(item.change.previousQuarter, indicator) },
    { key: "year", label: t("column.previousYear"), numeric: true, order: ({ item }) => item.change.previousYear?.difference,
      cell: ({ item }) => moved(item.change.previousYear, indicator) },
    { key: "target", label: t("column.target"), numeric: true, order: ({ item }) => item.target?.value,
      cell: ({ item }) => (item.target ? value(item.target.value, indicator) : "–") },
    better && { key: "rank", label: t("column.rank"), numeric: true, order: ({ item }) => item.rank?.position,
      cell: ({ item }) => (item.rank ? `${item.rank.position}/${item.rank.of}` : "–") },
    { key: "marks", label: t("column.marks"), cell: ({ item }) => h("span", { class: "marks" }, marks(item),
      item.value === null && h("span", { class: "soft" }, lack(item))) },
  ].filter(Boolean);
  const box = h("div", {});
  const draw = (sort) => {
    chosenWards.clear();
    choose(null, false);
    const onSort = (wanted) => {
      amend({ sort: wanted });
      const focused = document.activeElement?.id;
      draw(wanted);
      document.getElementById(focused)?.focus();
    };
    box.replaceChildren(table({ id: "wards-table", caption: t("wards.caption", { name: indicator.name, quarter: quarterName(quarter) }),
      columns, rows, sort, onSort }));
  };
  const known = columns.some(({ key, order }) => order && key === context.query.sort?.replace(/^-/, ""));
  draw(known ? context.query.sort : "name");
  return h("section", { "aria-labelledby": "table-title" }, h("h2", { id: "table-title" }, t("wards.table")), box,
    h("p", { class: "actions" }, go, h("span", { class: "soft" }, t("wards.compareHint", { most: MOST }))));
}
