// What the rules say of a report, in the same words wherever it is read.
import { h } from "./dom.js";
import { instant } from "./format.js";
import { t } from "./i18n.js";

const ICONS = { error: "✕", warning: "!", hint: "i" };

export const severity = (finding) =>
  h("span", { class: `severity ${finding.severity}` }, h("span", { "aria-hidden": "true" }, ICONS[finding.severity]),
    h("span", {}, t(`severity.${finding.severity}`)));

/** One finding; `more` stands below it. */
export function findingItem(finding, ...more) {
  return h("li", { class: `finding ${finding.severity}` },
    h("p", {}, severity(finding), " ", h("span", { class: "rule" }, finding.rule), " ", finding.message),
    finding.quote && h("p", { class: "quote" }, h("q", {}, finding.quote)),
    finding.explanation && h("p", { class: "explanation" }, h("b", {}, t("findings.explained")), " ", finding.explanation.text,
      " ", h("span", { class: "soft" }, `${finding.explanation.by.displayName ?? ""} ${instant(finding.explanation.at)}`)),
    more);
}

/** How many there are of each kind; warnings that are explained stand in nobody's way. */
export function severityCounts(findings) {
  const count = (wanted) => findings.filter(wanted).length;
  const [errors, open, explained, hints] = [count((one) => one.severity === "error"),
    count((one) => one.severity === "warning" && !one.explanation), count((one) => one.severity === "warning" && one.explanation),
    count((one) => one.severity === "hint")];
  if (findings.length === 0) return h("p", { class: "counts-line good" }, t("findings.none"));
  return h("ul", { class: "counts-line" }, [
    errors > 0 && ["error", "findings.errors", errors], open > 0 && ["warning", "findings.warnings", open],
    explained > 0 && ["explained", "findings.explainedCount", explained], hints > 0 && ["hint", "findings.hints", hints],
  ].filter(Boolean).map(([kind, key, many]) => h("li", { class: kind }, t(key, { count: many }))));
}
