// What stands around the fields of the form: how far it is saved, what is open, what may be done.
import { fill, h, idOf, swap, typing } from "./dom.js";
import { offers, repairs } from "./form-findings.js";
import { aboutText } from "./form-remarks.js";
import { firstKey, rowId } from "./form-rows.js";
import { severity, severityCounts } from "./findings.js";
import { t, word } from "./i18n.js";
import { syntheticNotice } from "./parts.js";
import { button } from "./states.js";

/** What is on the screen already keeps its place and its focus. */
const put = (box, content) => (box.isConnected ? swap(box, content) : fill(box, content));

/** What stands around the fields: how far it is saved, what is open, what may be done. */
export function frame({ draft, indicators, context, rows, take }) {
  const state = h("p", { class: "saving", id: "saving", role: "status", tabindex: "-1" });
  const status = h("div", {});
  const open = h("div", {});
  const steps = h("div", { class: "steps" });
  const top = h("div", {});
  const bottom = h("div", {});
  const side = h("aside", { class: "side panel", "aria-labelledby": "side-title" },
    h("h2", { id: "side-title" }, t("form.state")), status, state, steps, open);
  let shown = null;
  let said = null;

  function update(editable) {
    const { report } = draft;
    const unsaved = draft.faults.size + draft.conflicts.size;
    const saving = draft.saving === "saved" && unsaved > 0 ? "undecided" : draft.saving;
    state.className = `saving is-${saving}`;
    state.textContent = saving === "refused" ? draft.refusal : editable || saving !== "saved" ? t(`saving.${saving}`, { count: unsaved }) : "";
    if (said !== report && !typing(bottom)) {
      said = report;
      put(bottom, h("div", {}, aboutText(draft, editable)));
    }
    if (shown === report) return;
    shown = report;
    fill(status, h("p", {}, h("span", { class: `pill ${report.status}`, id: "status" }, word("status", report.status)), ` ${t("report.version")} ${report.version}`),
      report.reason && h("p", { class: "strip warn" }, h("b", {}, t("form.reason")), " ", report.reason),
      !editable && h("p", { class: "soft" }, t(`form.closed.${report.status}`)));
    fill(open, severityCounts(report.findings), todo(draft, rows));
    fill(steps, report.actions?.filter((one) => one.to).map((step) => stepOf(step, draft, context)));
    put(top, h("div", {}, report.synthetic && syntheticNotice(), editable && repairs(draft, indicators), editable && offers(draft, indicators, take)));
  }
  return { side, top, bottom, update };
}

/** What stands in the way, each with the way to it. */
function todo(draft, rows) {
  const findings = draft.report.findings.filter((one) => one.severity === "error" || (one.severity === "warning" && !one.explanation));
  if (findings.length === 0) return null;
  const jump = (finding) => {
    const key = firstKey(finding, draft, [...rows.values()]);
    const place = document.getElementById(key ? rowId(key) : `finding-${idOf(finding.id)}`);
    for (let fold = place?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    place?.scrollIntoView({ block: "center" });
    place?.focus({ preventScroll: true });
  };
  return h("ul", { class: "todo" }, findings.map((finding) => h("li", {},
    h("button", { type: "button", class: "plain", onclick: () => jump(finding) }, severity(finding), " ", h("span", {}, finding.message)))));
}

function stepOf(step, draft, context) {
  const act = button(t(`step.${step.action}`), step.action === "submit" ? "primary wide" : "wide", async () => {
    await draft.act("POST", "/transitions", { to: step.to });
    context.say(t(`step.${step.action}.done`, { name: "" }).trim());
  }, { id: `step-${step.action}`, "aria-disabled": step.allowed ? null : "true", "aria-describedby": step.allowed ? null : `blocked-${step.action}` });
  const count = step.blockedBy.length;
  const others = step.blockedBy.filter((one) => one.code !== "openFindings").map((one) => one.detail);
  return h("div", { class: "step" }, act, !step.allowed && h("p", { class: "soft", id: `blocked-${step.action}` },
    others.length > 0 ? others.join(" ") : t("form.blocked", { count })));
}
