// The quarter's progress: who has sent what, who is late; and for the town's officer, what may be done about it.
import { Problem, get, list, read, write } from "./api.js";
import { catalogue } from "./catalogue.js";
import { fill, h, typing } from "./dom.js";
import { findingItem, severityCounts } from "./findings.js";
import { day, instant, printed, quarter as quarterName } from "./format.js";
import { t, word } from "./i18n.js";
import { csvButton, heading, pageButtons, punctuality, syntheticNotice } from "./parts.js";
import { amend, href } from "./route.js";
import { button, empty, loading, told } from "./states.js";
import { table } from "./table.js";

const REASONED = ["return", "reopen", "retract"];
const HEADLINE = ["online_submission_rate", "satisfaction_rate", "poverty_rate", "dossiers_resolved_total", "dossiers_resolved_on_time",
  "dossiers_resolved_overdue", "dossiers_in_progress_total", "dossiers_in_progress_overdue"];

export async function render(context) {
  const { subject: area, quarter, say, query } = context;
  const decides = context.account.role === "town_officer";
  const facts = await readFacts(area, quarter, decides);
  const { progress, window, approved } = facts;
  const { name } = progress.area;
  const { expected, reported } = progress.reporting;
  const lead = `${quarterName(quarter)} · ${t("progress.deadline", { ward: day(window.deadlines.ward), town: day(window.deadlines.town) })}`;
  const node = h("div", { class: "progress" }, heading(t("progress.title", { name }), lead, csv(area, quarter, progress.wards), pageButtons(say)),
    window.locked && h("p", { class: "strip warn" }, t("progress.locked")),
    expected === 0 ? empty(t("town.nobody")) : [
      h("p", { class: "big" }, h("b", { id: "reported" }, `${reported}/${expected}`), " ", t("reporting.published")),
      approved.length > 0 && h("p", { class: "actions" },
        button(t("progress.publishAll", { count: approved.length }), "primary", () => publishAll(approved, quarter, context), { id: "publish-all" })),
      wardsTable({ progress, quarter, decides, query, context })]);
  const opened = decides && query.open ? progress.wards.find((ward) => ward.area?.code === query.open) : null;
  if (opened) node.append(await desk(opened.area, context));
  const shape = shapeOf(facts);
  // What is being typed is left alone; whatever changed meanwhile is shown once it was sent or taken back.
  const renew = async (anyway) => {
    if (!typing(node) && (anyway || shapeOf(await readFacts(area, quarter, decides)) !== shape)) await context.again();
  };
  return {
    title: `${t("menu.progress")}, ${name}, ${quarterName(quarter)}`, node,
    changed: () => renew(true),
    // Drafts and submissions make no revision, so they are asked for by themselves.
    tick: () => renew(false),
  };
}

/** `approved` are the reports that may be published, each with the tag of what the page shows. */
async function readFacts(area, quarter, decides) {
  const [progress, window, approved] = await Promise.all([get(`/quarters/${quarter}/progress`, { area }), get(`/quarters/${quarter}`, { area }),
    decides ? list("/reports", { status: "approved", quarter }) : []]);
  const here = new Set(progress.wards.map((ward) => ward.area?.id));
  return { progress, window, approved: approved.filter((report) => here.has(report.area?.id)) };
}

const shapeOf = ({ progress, window, approved }) => JSON.stringify([progress.wards, window.locked, approved]);

function csv(area, quarter, wards) {
  const head = ["ward", "name", "quarter", "status", "published", "deadline", "extended", "submittedAt", "inTime", "daysLeft"];
  return csvButton(`${area}-${quarter}`, head, () => wards.map((ward) => [ward.area?.code, ward.area?.name, quarter, ward.status, ward.published,
    ward.deadline, ward.extended, ward.submittedAt, ward.inTime, ward.daysLeft]));
}

/** The service knows a ward's state only as far as the reader may. */
function state(ward) {
  if (ward.status) return word("status", ward.status);
  return ward.published ? word("status", "published") : t("progress.nothing");
}

function punctual(ward) {
  if (ward.published || ward.submittedAt) {
    const found = punctuality(ward.inTime);
    return h("span", { class: `badge ${{ "in-time": "good", late: "warn", undated: "plain" }[found]}` }, t(`reporting.${found}`));
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
  try {
    const [{ data: report, etag }, indicators] = await Promise.all([read(path), catalogue()]);
    fill(box, deskOf(report, etag, path, area, indicators, context));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    fill(box, h("h2", { id: "desk-title" }, area.name), h("p", { class: "fault" }, told(error)));
  }
  return box;
}

function deskOf(report, etag, path, area, indicators, context) {
  const { findings, actions = [] } = report;
  const serious = findings.filter((one) => one.severity !== "hint");
  const steps = actions.filter((one) => one.to);
  return [
    h("h2", { id: "desk-title" }, t("desk.title", { name: area.name, quarter: quarterName(context.quarter) })),
    report.synthetic && syntheticNotice(),
    h("p", {}, h("span", { class: `pill ${report.status}` }, word("status", report.status)), ` ${t("report.version")} ${report.version}`,
      report.submittedAt && ` · ${t("report.submitted")} ${instant(report.submittedAt)}`),
    report.reason && h("p", { class: "strip warn" }, h("b", {}, t("form.reason")), " ", report.reason),
    severityCounts(findings),
    serious.length > 0 && h("ul", { class: "findings" }, serious.map((one) => findingItem(one))),
    h("h3", {}, t("desk.headline")), headline(report, indicators),
    steps.length === 0 ? h("p", { class: "soft" }, t("desk.nothing")) : h("div", { class: "steps" }, steps.map((step) => stepOf(step, etag, path, area, context))),
  ];
}

function headline(report, indicators) {
  const figures = report.document.observations.filter((figure) => HEADLINE.includes(figure.indicator) && figure.nature === "actual");
  return h("dl", { class: "facts" }, figures.map(({ indicator, value }) => h("div", {}, h("dt", {}, indicators.get(indicator).name),
    h("dd", {}, printed(value, indicators.get(indicator).unit)))));
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
    await write("POST", `${path}/transitions`, { to: step.to, ...(reasoned ? { comment: reason.value } : {}) }, { "If-Match": etag });
    if (reasoned) reason.value = "";
    context.say(t(`step.${step.action}.done`, { name: area.name }));
    await context.again();
  }, { id: `step-${step.action}`, "aria-disabled": step.allowed ? null : "true" });
  if (!reasoned) return h("div", { class: "step" }, act, blocked);
  return h("details", { class: "step", id: `why-${step.action}` }, h("summary", {}, t(`step.${step.action}`)),
    h("label", { for: reason.id }, t("desk.reason")), reason, h("p", {}, act), blocked);
}

/** Everything that is approved becomes readable at once, as one revision, or nothing does. */
async function publishAll(approved, quarter, context) {
  const reports = approved.map(({ area, etag }) => ({ ward: area.code, etag }));
  await write("POST", "/reports/transitions", { quarter, to: "published", reports });
  context.say(t("progress.publishedAll", { count: reports.length }));
  await context.again();
}
