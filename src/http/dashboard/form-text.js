// The fields of the form that hold words: the text and heading of a section, and members of the document.
import { headingKey, textKey } from "./draft-keys.js";
import { fill, h, idOf } from "./dom.js";
import { control, record } from "./form-fields.js";
import { findingsBox, remarks } from "./form-remarks.js";
import { t } from "./i18n.js";

const disagreement = ({ theirs }) => [t("form.conflictText"), h("q", { class: "theirs" }, theirs || t("form.noFigure"))];

/** A control that is one text under one key: `{ element, update(editable), focus() }`. `otherwise` stands where nothing does. */
function field(draft, key, spec, { otherwise = () => null, around = (element) => element } = {}) {
  const one = control(spec.id, spec);
  const notes = h("div", { class: "notes", id: `${spec.id}-notes` });
  one.element.append(notes);
  let editable = false;
  const typed = (soon) => editable && draft.put(key, one.read() ?? otherwise(), soon);
  one.input.addEventListener("input", () => typed(false));
  one.input.addEventListener("change", () => typed(true));
  const update = (mayEdit) => {
    editable = mayEdit;
    one.lock(editable);
    if (document.activeElement !== one.input && !draft.busy(key)) one.show(draft.show(key) ?? otherwise());
    one.mark(draft.faults.get(key)?.detail);
    fill(notes, remarks(draft, key, spec.short ? shortly : disagreement, { fault: false }));
  };
  one.input.addEventListener("blur", () => update(editable));
  return { element: around(one.element), update, focus: one.focus };
}

const shortly = ({ mine, theirs }) => t("form.conflict", { theirs: theirs ?? t("form.noFigure"), mine: mine ?? t("form.noFigure") });

/** A member of the document: its number, its title, the sentence that it opens with. */
export function memberField(draft, name, { kind = "text", label = t(`head.${name}`), id = `head-${name}`, ...rest } = {}) {
  const said = findingsBox(draft, name);
  const one = field(draft, name, { name, id, label, kind, short: kind !== "long", ...rest });
  one.element.append(said.element);
  return { ...one, update: (editable, explainable = editable) => {
    one.update(editable);
    said.update(explainable);
  } };
}

/** A member of the document that has members, such as who signed; all of it or nothing. */
export function groupField(draft, name, fields) {
  const notes = h("div", { class: "notes", id: `group-${name}-notes` });
  const one = record(draft, { key: name, id: `group-${name}`, fields, mayBeEmpty: true });
  const told = (value) => (value ? Object.entries(value).filter(([key]) => key !== "quote").map(([, said]) => said).join(" · ") : null);
  const said = findingsBox(draft, name);
  const element = h("fieldset", { class: "group", id: `group-${name}` }, h("legend", {}, t(`head.${name}`)), one.element, notes, said.element);
  const update = (editable) => {
    one.update(editable);
    said.update(editable);
    fill(notes, remarks(draft, name, ({ theirs }) => disagreement({ theirs: told(theirs) }), { within: one }));
  };
  return { element, update, focus: one.focus };
}

/** The words of a section: `{ element, update(editable), focus() }`. They are made where the report has none yet. */
export function textField(draft, { outline, heading }, open) {
  const name = idOf(outline);
  const fold = h("details", { class: "behind", id: `text-${name}-fold`, open });
  const text = field(draft, textKey(outline), { name: "text", id: `text-${name}`, label: t("form.textOf", { outline }), kind: "long" });
  const head = field(draft, headingKey(outline), { name: "heading", id: `heading-${name}`, label: t("form.heading"), kind: "long", short: true },
    { otherwise: () => heading });
  for (const [one, lines] of [[head, 1], [text, 6]]) one.element.querySelector("textarea").rows = lines;
  const summary = h("summary", {});
  fold.append(summary, head.element, text.element);
  const said = findingsBox(draft, textKey(outline), headingKey(outline));
  const update = (editable) => {
    said.update(editable);
    const told = draft.current(textKey(outline));
    fill(summary, t(told ? "form.narrative" : "form.noNarrative"));
    for (const one of [head, text]) one.update(editable);
    if ([headingKey(outline), textKey(outline)].some((key) => draft.faults.has(key) || draft.conflicts.has(key))) fold.open = true;
  };
  return {
    element: h("div", {}, fold, said.element), update,
    focus: () => {
      fold.open = true;
      text.focus();
    },
  };
}
