// What is to be done about findings: explaining them, accepting a repair, taking over what was there before.
import { h, idOf } from "./dom.js";
import { quarter as quarterName } from "./format.js";
import { writeFigure } from "./figure-text.js";
import { t } from "./i18n.js";
import { button } from "./states.js";

const sides = ({ left, right, message }) => `${left} ${right} ${message}`;
/** Whether a report says of something the same as before. */
const unchanged = (finding) => (report) => report.findings.some((one) => one.id === finding.id && sides(one) === sides(finding));
const offered = (repair) => ({ repairs }) =>
  repairs.some((one) => one.id === repair.id && JSON.stringify([one.changes, one.restate]) === JSON.stringify([repair.changes, repair.restate]));

/** A field for the explanation of a warning; errors are mended, not explained. */
export function explanationForm(draft, finding) {
  if (finding.severity !== "warning") return null;
  const id = `explain-${idOf(finding.id)}`;
  const path = `/findings/${encodeURIComponent(finding.id)}/explanation`;
  if (finding.explanation) {
    return h("p", {}, button(t("explain.takeBack"), "small", () => draft.act("DELETE", path, undefined, unchanged(finding)), { id: `${id}-back` }));
  }
  const text = h("textarea", { id, rows: "2", maxlength: "2000", placeholder: t("explain.placeholder") });
  const keep = button(t("explain.save"), "small", async () => {
    if (!text.value.trim()) return text.focus();
    const given = text.value;
    keep.focus();
    await draft.act("PUT", path, { text: given }, unchanged(finding));
    if (text.value !== given) return;
    // Only now may the field give way to what it said.
    text.value = "";
    draft.changed(draft);
    document.getElementById(`${id}-back`)?.focus({ preventScroll: true });
  }, { id: `${id}-save` });
  return h("div", { class: "explain" }, h("label", { for: id }, t("explain.label", { rule: finding.rule })), text, h("p", {}, keep));
}

/** The repairs that would mend the balances, the best first; tied ones side by side. */
export function repairs(draft, indicators) {
  const { repairs: found } = draft.report;
  if (found.length === 0) return null;
  const name = (code) => indicators.get(code)?.name ?? code;
  const unit = (code) => indicators.get(code)?.unit;
  const change = ({ indicator, from, to }) => h("li", {}, `${name(indicator)}: `,
    h("s", {}, writeFigure({ value: from }, unit(indicator))), " → ", h("b", {}, writeFigure({ value: to }, unit(indicator))));
  const offer = (repair) => {
    const id = `repair-${idOf(repair.id)}`;
    const restate = h("input", { type: "checkbox", id: `${id}-restate`, checked: true });
    return h("li", { class: "repair" }, h("h3", {}, repair.message),
      h("ul", { class: "plain-list" }, repair.changes.map(change)),
      repair.keeps.length > 0 && h("p", { class: "soft" }, t("repair.keeps", { names: repair.keeps.map(name).join("; ") })),
      repair.restate.length > 0 && h("div", { class: "check" }, restate,
        h("label", { for: restate.id }, t("repair.restate"), h("ul", { class: "plain-list" }, repair.restate.map(change)))),
      h("p", { class: "actions" }, button(t("repair.accept"), "primary", async () => {
        await draft.act("POST", "/repairs", { repair: repair.id, restate: restate.checked }, offered(repair));
        document.getElementById("saving")?.focus({ preventScroll: true });
      }, { id, "data-repair": repair.id })));
  };
  const tied = found[0].tied > 1;
  return h("section", { class: "panel repairs", "aria-labelledby": "repairs-title" },
    h("h2", { id: "repairs-title" }, t("repair.title")),
    h("p", { class: "soft" }, t(tied ? "repair.tied" : "repair.lead")),
    h("ul", { class: "plain-list repair-list" }, found.slice(0, 4).map(offer)));
}

/** Stocks of the last quarter that this report does not have yet: offered, never copied by themselves. */
export function offers(draft, indicators, take) {
  const offered = (draft.report.offers ?? []).filter(({ source }) => source === "lastQuarter");
  if (offered.length === 0) return null;
  const shown = ({ indicator, value }) => `${indicators.get(indicator)?.name ?? indicator}: ${writeFigure({ value }, indicators.get(indicator)?.unit)}`;
  return h("details", { class: "panel offers", id: "offers" },
    h("summary", {}, t("offers.title", { count: offered.length, quarter: quarterName(offered[0].quarter) })),
    h("p", { class: "soft" }, t("offers.lead")),
    h("ul", { class: "plain-list" }, offered.map((offer) => h("li", {}, h("span", {}, shown(offer)), " ",
      h("button", { type: "button", class: "small", id: `offer-${offer.indicator}`, onclick: () => take([offer]) }, t("offers.take"),
        h("span", { class: "hidden" }, ` ${indicators.get(offer.indicator)?.name}`))))),
    h("p", { class: "actions" }, h("button", { type: "button", id: "offers-all", onclick: () => take(offered) }, t("offers.all"))));
}
