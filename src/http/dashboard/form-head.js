// What frames the report: its head, its end, and the number and date that the clerk enters.
import { h } from "./dom.js";
import { groupField, memberField } from "./form-text.js";
import { t } from "./i18n.js";

const panel = (id, title, ...content) => h("section", { class: "panel", "aria-labelledby": id }, h("h2", { id }, title), content);
const all = (fields) => (editable, more) => fields.forEach((field) => field.update(editable, more));

const field = (name, rest = {}) => ({ name, label: t(`entry.${name}`), required: true, ...rest });

/** The head: what it is, of which days, who asked for it, how it opens. Once it has a title it is folded away. */
export function headPanel(draft) {
  const plain = ["documentKind", "symbol", "place", "title"].map((name) =>
    memberField(draft, name, { wide: name === "title", hint: t(`head.${name}.hint`) }));
  const window = groupField(draft, "window", [field("from", { kind: "date" }), field("to", { kind: "date" })]);
  const request = groupField(draft, "request", [field("symbol"), field("date", { kind: "date" }), field("issuer"), field("subject", { kind: "long" })]);
  const preamble = memberField(draft, "preamble", { kind: "long" });
  const fields = [...plain, window, request, preamble];
  const fold = h("details", { class: "fold", id: "head-fold", open: !draft.report.document.title }, h("summary", {}, h("h2", { id: "head-heading" }, t("form.head"))),
    h("div", { class: "record" }, plain.map(({ element }) => element)), window.element, request.element, h("div", { class: "record" }, preamble.element));
  return {
    element: h("section", { class: "panel", "aria-labelledby": "head-heading" }, fold),
    update: (editable) => {
      all(fields)(editable);
      const open = draft.faults.size + draft.conflicts.size > 0 && fields.some((one) => one.element.querySelector(".fault:not(:empty)"));
      if (open || fold.querySelector(".said[data-worst='error'], .said[data-worst='warning']")) fold.open = true;
    },
  };
}

/** The end: how it closes, who signs, to whom it goes. */
export function closingPanel(draft, recipients) {
  const closing = memberField(draft, "closing", { kind: "long" });
  const signatory = groupField(draft, "signatory", [field("authority", { wide: true, hint: t("entry.authority.hint") }), field("title"), field("person", { name: "name" })]);
  return {
    element: panel("closing", t("form.closing"), h("div", { class: "record" }, closing.element), signatory.element, recipients.element),
    update: all([closing, signatory, recipients]),
  };
}

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
