// The ward's report while it is written: the figures in the order of the report, saved as one types.
import { areaAt, get, reportOf, write } from "./api.js";
import { catalogue } from "./catalogue.js";
import { Draft } from "./draft.js";
import { fill, h, idOf, swap, typing } from "./dom.js";
import { aboutText, offers, repairs } from "./form-findings.js";
import { figureRow, firstKey, memberField, rowId, sections, shapes, textField } from "./form-rows.js";
import { severity, severityCounts } from "./findings.js";
import { day, quarter as quarterName } from "./format.js";
import { t, word } from "./i18n.js";
import { fileButton, heading, pageButtons, syntheticNotice } from "./parts.js";
import { isWard } from "./shell.js";
import { button, notice } from "./states.js";

/** Until when number and date may be entered. */
const REGISTERED = ["draft", "returned", "submitted", "approved"];

export async function render(context) {
  const { subject: code, quarter, account, say } = context;
  const path = `/wards/${code}/reports/${quarter}`;
  const title = `${t("menu.form")}, ${quarterName(quarter)}`;
  if (!isWard(account) || code !== context.ward) return { title, node: notice(t("form.notYours.title"), t("form.notYours.detail")) };
  const [indicators, window, ward, found] = await Promise.all([catalogue(), get(`/quarters/${quarter}`, { area: code }),
    areaAt(code, quarter), reportOf(code, quarter)]);
  const lead = `${quarterName(quarter)} · ${t("form.window", { from: day(window.windowStart), to: day(window.cutOff), deadline: day(window.deadlines.ward) })}`;
  const template = fileButton(t("do.template"), "/exports/template.xlsx", { ward: code, quarter }, `${quarter}.xlsx`);
  const head = heading(t("form.title", { name: ward.name }), lead, template, pageButtons(say));
  if (!found) {
    const begin = button(t("form.begin"), "primary", async () => {
      await write("PATCH", path, {}, { "If-None-Match": "*" });
      await context.again();
    }, { id: "begin" });
    return { title, node: h("div", {}, head, h("div", { class: "state small" }, h("p", {}, t("form.none")), h("p", { class: "actions" }, begin))) };
  }
  return { title, ...form({ path, found, indicators, head, context }) };
}

function form({ path, found, indicators, head, context }) {
  const draft = new Draft(path, found.data, found.etag, update);
  const rows = new Map();
  const texts = new Map();
  const members = [memberField(draft, "number", "text"), memberField(draft, "date", "date")];
  const around = frame({ draft, indicators, context, rows, take });
  const parts = h("div", {});
  const node = h("div", { class: "form" }, head, h("div", { class: "columns" }, around.side,
    h("div", { class: "sections" }, around.top, parts, around.bottom, register(members))));
  let layout = "";

  function update() {
    const wanted = shapes(indicators, draft.report);
    // A figure that somebody else took away stays while it is being decided about.
    const held = [...rows.values()].map((row) => row.shape).filter(({ key }) => draft.busy(key) && !wanted.some((one) => one.key === key));
    const { narrative } = draft.report.document;
    const next = [...wanted, ...held].map(({ key }) => key).concat(narrative.map(({ outline }) => outline)).join();
    if (next !== layout) {
      layout = next;
      layOut([...wanted, ...held], narrative);
    }
    const editable = mayEdit(draft.report);
    for (const field of [...rows.values(), ...texts.values()]) field.update(editable);
    for (const field of members) field.update(REGISTERED.includes(draft.report.status));
    around.update(editable);
  }

  /** The fields that are there already keep what is typed in them. */
  function layOut(all, narrative) {
    keep(rows, all, (shape) => shape.key, (shape) => ({ ...figureRow(draft, shape), shape }));
    keep(texts, narrative, (section) => section.outline, (section) => textField(draft, section));
    put(parts, h("div", {}, [...sections(all)].map(([outline, shapesOfSection]) =>
      h("section", { class: "panel", "aria-labelledby": `section-${idOf(outline)}` },
        h("h2", { id: `section-${idOf(outline)}` }, `${outline}. ${t(`section.${outline}`)}`),
        shapesOfSection.map(({ key }) => rows.get(key).element), texts.get(outline)?.element))));
  }

  /** Takes over figures of the last quarter. */
  function take(chosen) {
    for (const { indicator, value } of chosen) {
      const row = shapes(indicators, draft.report).find((one) => one.indicator.code === indicator && one.figure.nature === "actual");
      if (row) draft.put(row.key, { ...row.figure, value, operator: "=" }, true);
    }
  }

  const guard = (event) => !(draft.clean && draft.conflicts.size === 0) && event.preventDefault();
  addEventListener("beforeunload", guard);
  update();
  return {
    node,
    leave: () => {
      removeEventListener("beforeunload", guard);
      return draft.save();
    },
    // What is typed here outlives a publication elsewhere.
    changed: () => draft.look(),
    tick: async () => {
      if (await draft.look()) context.say(t("form.changedElsewhere"));
    },
  };
}

/** Keeps of the fields those that are still wanted, and makes those that are not there yet. */
function keep(fields, wanted, keyOf, make) {
  const kept = new Map(fields);
  fields.clear();
  for (const one of wanted) fields.set(keyOf(one), kept.get(keyOf(one)) ?? make(one));
}

/** What is on the screen already keeps its place and its focus. */
const put = (box, content) => (box.isConnected ? swap(box, content) : fill(box, content));

const mayEdit = (report) => (report.actions ?? []).some((one) => one.action === "edit" && one.allowed);

/** What stands around the fields: how far it is saved, what is open, what may be done. */
function frame({ draft, indicators, context, rows, take }) {
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

/** Number and date, which the clerk gives after signing and may enter until publication. */
const register = (members) =>
  h("section", { class: "panel", "aria-labelledby": "register" }, h("h2", { id: "register" }, t("form.register")),
    h("p", { class: "soft" }, t("form.registerWhy")), h("div", { class: "fields" }, members.map(({ element }) => element)));
