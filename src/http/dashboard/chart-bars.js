// Ranked bars: one ward a line, its value at the end, the line of the whole across all.
import { h } from "./dom.js";
import { value } from "./format.js";
import { t } from "./i18n.js";

/** `rows` are `{ name, href, item }`, in their order; `whole` is the value of the area, where it can be compared. */
export function barChart({ label, rows, indicator, whole }) {
  const values = rows.map((row) => row.item.value).filter((one) => typeof one === "number");
  const high = Math.max(...values, whole ?? 0, Number.MIN_VALUE);
  const full = indicator.unit === "percent" && high > 50 ? 100 : high;
  const across = typeof whole === "number" ? whole / full : null;
  const bar = ({ name, href, item }) => {
    const lacks = typeof item.value !== "number";
    const track = h("span", { class: "track", "aria-hidden": "true" });
    if (!lacks) {
      const filled = h("span", { class: `filled${item.contested ? " contested" : ""}` });
      filled.style.width = `${Math.max((item.value / full) * 100, 0.5)}%`;
      track.append(filled);
    }
    if (across !== null) {
      const line = h("span", { class: "whole" });
      line.style.left = `${across * 100}%`;
      track.append(line);
    }
    return h("li", { class: lacks ? "lacks" : null }, h("a", { href }, name), track,
      h("span", { class: "amount" }, lacks ? t("bars.none") : value(item.value, indicator)),
      item.contested && h("span", { class: "flag", title: t("mark.contested.why") }, "!", h("span", { class: "hidden" }, t("mark.contested"))));
  };
  return h("figure", { class: "bars" },
    h("figcaption", {}, label, across !== null && h("span", { class: "soft" }, h("span", { class: "key", "aria-hidden": "true" }),
      t("bars.whole", { value: value(whole, indicator) }))),
    h("ol", {}, rows.map(bar)));
}
