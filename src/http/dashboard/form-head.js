// What frames the report: the number and date that the clerk enters.
import { h } from "./dom.js";
import { memberField } from "./form-text.js";
import { t } from "./i18n.js";

const panel = (id, title, ...content) => h("section", { class: "panel", "aria-labelledby": id }, h("h2", { id }, title), content);
const all = (fields) => (editable, more) => fields.forEach((field) => field.update(editable, more));

/** Number and date, which the clerk gives after signing and may enter until publication. */
export function registerPanel(draft) {
  const fields = [memberField(draft, "number", { id: "register-number", label: t("report.number") }),
    memberField(draft, "date", { id: "register-date", label: t("report.date"), kind: "date" })];
  return {
    element: panel("register", t("form.register"), h("p", { class: "soft" }, t("form.registerWhy")),
      h("div", { class: "fields" }, fields.map(({ element }) => element))),
    update: all(fields),
  };
}
