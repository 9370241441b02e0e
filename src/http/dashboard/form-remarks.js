// What stands beside a field of the form: why it is not saved, and what the rules say of it.
import { entryKey, headingKey, textKey } from "./draft-keys.js";
import { fill, h, idOf, typing } from "./dom.js";
import { explanationForm } from "./form-findings.js";
import { findingItem } from "./findings.js";
import { t } from "./i18n.js";

/** Why a field could not be saved as it is: it was refused, or somebody else wrote something else. */
export function remarks(draft, key, disagreement, { fault = true, within } = {}) {
  const [refused, conflict] = [draft.faults.get(key), draft.conflicts.get(key)];
  const typing = within?.element.contains(document.activeElement);
  return [fault && refused && h("p", { class: typing ? "soft" : "fault" }, refused.detail),
    conflict && h("div", { class: "fault", role: "alert" }, disagreement(conflict), " ",
      h("button", { type: "button", onclick: () => draft.decide(key, true) }, t("form.keepMine")), " ",
      h("button", { type: "button", onclick: () => draft.decide(key, false) }, t("form.takeTheirs")))];
}

/** The members of the document that have a field of their own; a line as printed belongs to what it prints. */
const MEMBERS = new Map(["documentKind", "title", "symbol", "place", "window", "request", "preamble", "closing", "signatory", "number", "date"]
  .map((name) => [name, name])).set("numberPrinted", "number").set("datePrinted", "date");

/** The key of the field that a pointer into the document leads to, where it has one; a list's own where no entry is meant. */
function keyAt(pointer, draft) {
  const [, member, index, part] = pointer.split("/");
  if (member === "narrative") {
    const section = draft.report.document.narrative[index];
    return section && (part === "heading" ? headingKey : textKey)(section.outline);
  }
  if (!draft.lists.entries.has(member)) return MEMBERS.get(member);
  const id = draft.lists.idAt(member, index);
  return id ? entryKey(member, id) : listKey(member);
}

/** What is said of a list as a whole. */
export const listKey = (list) => `list/${list}`;

/** The keys of the fields that a finding about words is about, each once, in its order. */
export const keysOf = (finding, draft) =>
  finding.figures.length > 0 ? [] : [...new Set((finding.pointers ?? []).map((pointer) => keyAt(pointer, draft)).filter(Boolean))];

/** What the rules say of some fields: a hint once, and what is to be explained is explained at the first of its places. */
export function findingsBox(draft, ...keys) {
  const element = h("div", { class: "said" });
  let shown = null;
  let may = null;

  function update(editable) {
    if (typing(element) || (shown === draft.report && may === editable)) return;
    [shown, may] = [draft.report, editable];
    const found = draft.report.findings.map((finding) => ({ finding, at: keysOf(finding, draft) }))
      .filter(({ finding, at }) => (finding.severity === "hint" ? at.slice(0, 1) : at).some((key) => keys.includes(key)));
    const open = found.filter(({ finding }) => !finding.explanation);
    element.dataset.worst = ["error", "warning"].find((kind) => open.some(({ finding }) => finding.severity === kind)) ?? "";
    fill(element, found.length > 0 && h("ul", { class: "findings" }, found.map(({ finding, at }) => textFinding(draft, finding, editable, keys.includes(at[0])))));
  }
  return { element, update };
}

/** A finding about words; where it stands first, with its explanation and the way to it. */
export function textFinding(draft, finding, editable, first) {
  const item = findingItem(finding, first && editable && explanationForm(draft, finding));
  return first ? Object.assign(item, { id: `finding-${idOf(finding.id)}`, tabIndex: -1 }) : item;
}

/** What the rules say of the text, where no field is meant. */
export function aboutText(draft, editable) {
  const found = draft.report.findings.filter((finding) => finding.figures.length === 0 && keysOf(finding, draft).length === 0);
  if (found.length === 0) return null;
  return h("section", { class: "panel", "aria-labelledby": "text-findings" }, h("h2", { id: "text-findings" }, t("form.textFindings")),
    h("ul", { class: "findings" }, found.map((finding) => textFinding(draft, finding, editable, true))));
}
