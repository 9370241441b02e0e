// Tables that can be sorted and that keep their numbers in line.
import { h } from "./dom.js";
import { t } from "./i18n.js";

/**
 * Columns are `{ key, label, numeric, cell(row), order(row) }`; the first is the head of its row. `sort` is `key` or `-key`.
 */
export function table({ id, caption, columns, rows, sort, onSort, kind = "" }) {
  const descending = sort?.startsWith("-");
  const by = columns.find((column) => column.key === sort?.replace(/^-/, ""));
  const sorted = by ? [...rows].sort((left, right) => compare(by.order(left), by.order(right), descending)) : rows;
  const head = columns.map((column) => {
    const state = column === by ? (descending ? "descending" : "ascending") : null;
    const arrow = state === "ascending" ? "↑" : state === "descending" ? "↓" : "";
    const label = onSort && column.order
      ? h("button", { type: "button", class: "sort", id: `${id}-sort-${column.key}`,
        onclick: () => onSort(next(column, state)) }, column.label, h("span", { "aria-hidden": "true" }, ` ${arrow}`))
      : column.label;
    return h("th", { scope: "col", class: column.numeric ? "number" : null, "aria-sort": state }, label);
  });
  const body = sorted.map((row) =>
    h("tr", { class: row.kind ?? null }, columns.map((column, index) => {
      const attributes = { class: column.numeric ? "number" : null };
      return index === 0 ? h("th", { scope: "row", ...attributes }, column.cell(row)) : h("td", attributes, column.cell(row));
    })));
  return h("div", { class: `scroll ${kind}`, id, tabindex: "0", role: "region", "aria-label": caption },
    h("table", {}, h("caption", {}, caption), h("thead", {}, h("tr", {}, head)), h("tbody", {}, body)));
}

function next(column, state) {
  const first = column.numeric ? "descending" : "ascending";
  const wanted = state === null ? first : state === "ascending" ? "descending" : "ascending";
  return wanted === "descending" ? `-${column.key}` : column.key;
}

/** What is missing comes last, whichever way one sorts. */
function compare(left, right, descending) {
  const [lacksLeft, lacksRight] = [left === null || left === undefined, right === null || right === undefined];
  if (lacksLeft || lacksRight) return Number(lacksLeft) - Number(lacksRight);
  const order = typeof left === "string" ? left.localeCompare(right, "vi") : left - right;
  return descending ? -order : order;
}

/** The table behind a chart, folded away. */
export const behind = (id, content) =>
  h("details", { class: "behind", id }, h("summary", {}, t("chart.table")), content);
