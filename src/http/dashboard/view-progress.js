// The quarter's progress: who has sent what, who is late; and for the town's officer, what may be done about it.
import { Problem, get, read, write } from "./api.js";
import { fill, h } from "./dom.js";
import { findingItem, severityCounts } from "./findings.js";
import { day, instant, quarter as quarterName, value } from "./format.js";
import { t, word } from "./i18n.js";
import { heading, pageButtons } from "./parts.js";
import { amend, href } from "./route.js";
import { button, empty, loading, told } from "./states.js";
import { table } from "./table.js";

const REASONED = ["return", "reopen", "retract"];

export async function render(context) {
  const { subject: area, quarter, account, say, query } = context;
  const [progress, window] = await Promise.all([get(`/quarters/${quarter}/progress`, { area }), get(`/quarters/${quarter}`, { area })]);
  const decides = account.role === "town_officer";
  const name = progress.area?.name ?? area;
  const { expected, reported } = progress.reporting;
  const lead = `${quarterName(quarter)} · ${t("progress.deadline", { ward: day(window.deadlines.ward), town: day(window.deadlines.town) })}`;
  const approved = progress.wards.filter((ward) => ward.status === "approved");
  const node = h("div", { class: "progress" }, heading(t("progress.title", { name }), lead, pageButtons(say)),
    window.locked && h("p", { class: "strip warn" }, t("progress.locked")),
    expected === 0 ? empty(t("town.nobody")) : [
      h("p", { class: "big" }, h("b", { id: "reported" }, `${reported}/${expected}`), " ", t("reporting.published")),
      decides && approved.length > 0 && h("p", { class: "actions" },
        button(t("progress.publishAll", { count: approved.length }), "primary", () => publishAll(approved, quarter, context), { id: "publish-all" })),
      wardsTable({ progress, quarter, decides, query, context })]);
  const opened = decides && query.open ? progress.wards.find((ward) => ward.area?.code === query.open) : null;
  if (opened) node.append(await desk(opened.area, context));
  const shape = JSON.stringify(progress.wards);
  return {
    title: `${t("menu.progress")}, ${name}, ${quarterName(quarter)}`, node,
    // Drafts and submissions make no revision, so they are asked for by themselves; what is being typed is left alone.
    tick: async () => {
      const fresh = await get(`/quarters/${quarter}/progress`, { area });
      const typing = node.querySelector("textarea")?.value;
      if (JSON.stringify(fresh.wards) !== shape && !typing) await context.again();
    },
  };
}

/** The service knows a ward's state only as far as the reader may. */
function state(ward) {
  if (ward.status) return word("status", ward.status);
  return ward.published ? word("status", "published") : t("progress.nothing");
}

function punctual(ward) {
  if (ward.published || ward.submittedAt) {
    if (ward.inTime === null) return h("span", { class: "badge plain" }, t("reporting.undated"));
    return ward.inTime ? h("span", { class: "badge good" }, t("reporting.in-time")) : h("span", { class: "badge warn" }, t("reporting.late"));
  }
  if (ward.daysLeft === null) return "–";
  if (ward.daysLeft < 0) return h("span", { class: "badge bad" }, t("progress.overdue", { days: -ward.daysLeft }));
  return h("span", { class: "badge plain" }, t("progress.left", { days: ward.daysLeft }));
}

function wardsTable({ progress, quarter, decides, query, context }) {
  const order = ["submitted", "approved", "returned", "draft", null, "retracted", "published"];
  const wards = [...progress.wards].sort((left, right) => order.indexOf(left.status) - order.indexOf(right.status));
  const columns = [
    { key: "name", label: t("column.ward"), cell: (ward) => h("a", { href: href("ward", ward.area?.code, quarter) }, ward.area?.name) },
    { key: "status", label: t("column.status"), cell: (ward) => [h("span", { class: `pill ${ward.status ?? "none"}` }, state(ward)),
      ward.published && ward.status && ward.status !== "published" && h("span", { class: "soft" }, ` ${t("progress.newVersion")}`)] },
    { key: "deadline", label: t("column.deadline"), cell: (ward) => [day(ward.deadline), ward.extended && ` (${t("progress.extended")})`] },
    { key: "submitted", label: t("column.submitted"), cell: (ward) => (ward.submittedAt ? instant(ward.submittedAt) : "–") },
    { key: "punctual", label: t("column.punctual"), cell: punctual },
    decides && { key: "open", label: t("column.open"), cell: (ward) => (ward.status || ward.published) &&
      h("button", { type: "button", class: "small", id: `open-${ward.area.code}`, "aria-expanded": String(query.open === ward.area.code),
        onclick: () => toggle(ward.area.code, context) }, t(query.open === ward.area.code ? "progress.close" : "progress.look"),
      h("span", { class: "hidden" }, ` ${ward.area.name}`)) },
  ].filter(Boolean);
  return table({ id: "progress-table", caption: t("progress.caption", { quarter: quarterName(quarter) }), columns, rows: wards, kind: "tight" });
}

async function toggle(code, context) {
  const opens = context.query.open !== code;
  amend({ open: opens ? code : null });
  await context.again();
  if (opens) document.getElementById("desk")?.scrollIntoView({ block: "start" });
}

/** The report of a ward on the officer's desk. */
async function desk(area, context) {
  const box = h("section", { class: "panel desk", id: "desk", "aria-labelledby": "desk-title" }, loading());
  const path = `/wards/${area.code}/reports/${context.quarter}`;
  const show = async () => {
    try {
      const { data: report, etag } = await read(path);
      fill(box, deskOf(report, etag, path, area, context));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      fill(box, h("h2", { id: "desk-title" }, area.name), h("p", { class: "fault" }, told(error)));
    }
  };
  await show();
  return box;
}

function deskOf(report, etag, path, area, context) {
  const { findings, actions = [] } = report;
  const serious = findings.filter((one) => one.severity !== "hint");
  const steps = actions.filter((one) => one.to);
  return [
    h("h2", { id: "desk-title" }, t("desk.title", { name: area.name, quarter: quarterName(context.quarter) })),
    h("p", {}, h("span", { class: `pill ${report.status}` }, word("status", report.status)), ` ${t("report.version")} ${report.version}`,
      report.submittedAt && ` · ${t("report.submitted")} ${instant(report.submittedAt)}`),
    report.reason && h("p", { class: "strip warn" }, h("b", {}, t("form.reason")), " ", report.reason),
    severityCounts(findings),
    serious.length > 0 && h("ul", { class: "findings" }, serious.map((one) => findingItem(one))),
    h("h3", {}, t("desk.headline")), headline(report),
    steps.length === 0 ? h("p", { class: "soft" }, t("desk.nothing")) : h("div", { class: "steps" }, steps.map((step) => stepOf(step, etag, path, area, context))),
  ];
}

function headline(report) {
  const wanted = ["online_submission_rate", "satisfaction_rate", "poverty_rate", "dossiers_resolved_total", "dossiers_resolved_on_time",
    "dossiers_resolved_overdue", "dossiers_in_progress_total", "dossiers_in_progress_overdue"];
  const figures = report.document.observations.filter((figure) => wanted.includes(figure.indicator) && figure.nature === "actual");
  const unit = (code) => (code.endsWith("_rate") ? "percent" : "count");
  return h("dl", { class: "facts" }, figures.map((figure) => h("div", {}, h("dt", {}, t(`name.${figure.indicator}`)),
    h("dd", {}, value(figure.value, unit(figure.indicator), (figure.value.split(".")[1] ?? "").length)))));
}

/** One step: a button, and a reason where the step needs one. */
function stepOf(step, etag, path, area, context) {
  const reasoned = REASONED.includes(step.action);
  const reason = reasoned && h("textarea", { id: `reason-${step.action}`, rows: "3", required: true });
  const blocked = !step.allowed && h("p", { class: "soft" }, t("desk.blocked"), " ", step.blockedBy.map((one) => one.detail).join(" "));
  const act = button(t(`step.${step.action}`), step.action === "approve" || step.action === "publish" ? "primary" : "", async () => {
    if (reasoned && !reason.value.trim()) {
      reason.setAttribute("aria-invalid", "true");
      reason.focus();
      throw new Problem(422, { detail: t("desk.needsReason") });
    }
    await move(path, step, reason?.value, etag);
    context.say(t(`step.${step.action}.done`, { name: area.name }));
    await context.again();
  }, { id: `step-${step.action}`, "aria-disabled": step.allowed ? null : "true" });
  if (!reasoned) return h("div", { class: "step" }, act, blocked);
  return h("details", { class: "step", id: `why-${step.action}` }, h("summary", {}, t(`step.${step.action}`)),
    h("label", { for: reason.id }, t("desk.reason")), reason, h("p", {}, act), blocked);
}

export const move = (path, step, comment, etag) =>
  write("POST", `${path}/transitions`, { to: step.to, ...(comment ? { comment } : {}) }, { "If-Match": etag });

/** Everything that is approved becomes readable at once, as one revision, or nothing does. */
async function publishAll(wards, quarter, context) {
  const reports = await Promise.all(wards.map(async ({ area }) => ({ ward: area.code, etag: (await read(`/wards/${area.code}/reports/${quarter}`)).etag })));
  await write("POST", "/reports/transitions", { quarter, to: "published", reports });
  context.say(t("progress.publishedAll", { count: reports.length }));
  await context.again();
}
