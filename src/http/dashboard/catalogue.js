// The catalogue of indicators, as the service describes it.
import { list } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";

/** Things that belong together, in the order in which they come. */
export function grouped(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** The indicators by their codes, in the order of the catalogue. */
export async function catalogue() {
  const items = await list("/indicators");
  return new Map(items.map((item) => [item.code, item]));
}

/** The indicator that an address names, or the first of the headline. */
export const chosen = (indicators, code) => indicators.get(code) ?? indicators.get("online_submission_rate") ?? [...indicators.values()][0];

/** A choice among everything that is measured, family by family. */
export function indicatorPicker(indicators, current, choose) {
  const families = grouped(indicators.values(), (item) => item.family);
  const options = ([family, items]) =>
    h("optgroup", { label: t(`families.${family}`) }, items.map((item) => h("option", { value: item.code }, item.name)));
  return h("div", { class: "field" }, h("label", { for: "indicator" }, t("pick.indicator")),
    h("select", { id: "indicator", value: current, onchange: (event) => choose(event.target.value) }, [...families].map(options)));
}
