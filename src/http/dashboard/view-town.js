// The town at a glance.
import { course, get, published, revision } from "./api.js";
import { catalogue, grouped } from "./catalogue.js";
import { spark } from "./chart-line.js";
import { h } from "./dom.js";
import { day, number, quarter as quarterName, rangeTo, ratio, value } from "./format.js";
import { t, word } from "./i18n.js";
import { changes, counts, coverage, fileButton, heading, marks, pageButtons, punctuality, syntheticNotice, target, without } from "./parts.js";
import { href } from "./route.js";
import { empty } from "./states.js";
import { behind, table } from "./table.js";

const COURSE = ["online_submission_rate", "satisfaction_rate", "poverty_rate", "near_poverty_rate", "on_time_resolution_rate",
  "dossiers_in_progress_overdue"];
const NOW = [...COURSE, "dossiers_in_progress_total"];
const QUARTERS = 12;

export async function render(context) {
  const { quarter, say, subject: area } = context;
  const [indicators, now, through, window, progress] = await Promise.all([
    catalogue(),
    published("/aggregates", { area, indicator: NOW.join(), quarter }),
    course({ area, indicator: COURSE.join(), ...rangeTo(quarter, QUARTERS), compact: true }),
    get(`/quarters/${quarter}`, { area }),
    get(`/quarters/${quarter}/progress`, { area }),
  ]);
  const items = new Map(now.items.map((item) => [item.indicator, item]));
  const courses = grouped(through, (item) => item.indicator);
  const { name } = progress.area;
  const lead = `${quarterName(quarter)} · ${t("town.window", { from: day(window.windowStart), to: day(window.cutOff) })} · ${t("town.revision", { revision: revision() })}`;
  const tools = [fileButton(t("do.xlsx"), "/exports/quarter.xlsx", { area, quarter }, `${quarter}.xlsx`), pageButtons(say)];
  const title = `${name}, ${quarterName(quarter)}`;
  if (progress.reporting.expected === 0) {
    return { title, node: h("div", {}, heading(name, lead), empty(t("town.nobody"))) };
  }
  const review = await lastReview(area, courses.get("poverty_rate"));
  const facts = { area, quarter, indicators, items, courses, review, progress };
  const node = h("div", { class: "town" }, heading(name, lead, tools),
    [...now.items, ...(review?.items ?? [])].some((item) => item.synthetic) && syntheticNotice(),
    reporting(facts),
    progress.reporting.reported === 0 ? empty(t("town.nothing"))
      : [h("div", { class: "cards" }, online(facts), satisfaction(facts), poverty(facts)), dossiers(facts), disputes(facts)]);
  return { title, node };
}

/** Poverty is counted once a year: the last review up to this quarter, in full. */
async function lastReview(area, through) {
  const last = through?.findLast((item) => typeof item.value === "number");
  if (!last) return null;
  const { items } = await published("/aggregates", { area, indicator: "poverty_rate,near_poverty_rate", quarter: last.quarter });
  return { quarter: last.quarter, items };
}

function courseOf({ courses, area, quarter, indicators }, code) {
  const indicator = indicators.get(code);
  const { name } = indicator;
  const items = courses.get(code) ?? [];
  const columns = [
    { key: "quarter", label: t("column.quarter"), cell: (item) => quarterName(item.quarter) },
    { key: "value", label: t("column.value"), numeric: true, cell: (item) => value(item.value, indicator) },
    { key: "counts", label: t("column.counts"), numeric: true, cell: ratio },
    { key: "coverage", label: t("column.coverage"), numeric: true, cell: ({ coverage: [expected, , included] }) => `${included}/${expected}` },
  ];
  const known = items.filter((item) => typeof item.value === "number");
  return [spark(items, t("chart.course", { name, count: known.length })),
    behind(`course-${code}`, table({ id: `table-${code}`, caption: name, columns, rows: known.reverse() })),
    h("p", { class: "more" }, h("a", { href: href("wards", area, quarter, { indicator: code }) },
      t("town.byWard"), h("span", { class: "hidden" }, `: ${name}`)))];
}

/** How many have published, who is late. */
function reporting({ area, quarter, progress }) {
  const { expected, reported, inTime, late, undated } = progress.reporting;
  const state = (ward) => (ward.published ? punctuality(ward.inTime) : "missing");
  const order = ["in-time", "late", "undated", "missing"];
  const sorted = [...progress.wards].sort((left, right) => order.indexOf(state(left)) - order.indexOf(state(right)));
  const tally = { "in-time": inTime, late, undated, missing: expected - reported };
  const open = progress.wards.filter((ward) => !ward.published);
  const tardy = open.filter((ward) => ward.late);
  const waiting = open.filter((ward) => !ward.late);
  const names = (wards) => wards.map((ward, index) => [index > 0 && ", ",
    h("a", { href: href("ward", ward.area?.code, quarter) }, ward.area?.name ?? "?"),
    ward.status && ward.status !== "published" ? ` (${word("status", ward.status)})` : ""]);
  return h("section", { class: "panel reporting", "aria-labelledby": "reporting" },
    h("h2", { id: "reporting" }, t("reporting.title")),
    h("p", { class: "big" }, h("b", { id: "reported" }, `${reported}/${expected}`), " ", t("reporting.published")),
    h("div", { class: "ticks", "aria-hidden": "true" }, sorted.map((ward) => h("span", { class: state(ward), title: ward.area?.name }))),
    h("ul", { class: "tally" }, order.filter((one) => tally[one] > 0).map((one) =>
      h("li", {}, h("span", { class: `dot ${one}`, "aria-hidden": "true" }), `${t(`reporting.${one}`)}: `, h("b", {}, tally[one])))),
    tardy.length > 0 && h("p", {}, h("b", {}, t("reporting.tardy")), " ", names(tardy), "."),
    waiting.length > 0 && h("p", {}, h("b", {}, t("reporting.waiting")), " ", names(waiting), "."),
    h("p", { class: "more" }, h("a", { href: href("progress", area, quarter) }, t("reporting.more"))));
}

const about = (item) => h("p", { class: "marks" }, marks(item));

function family(id, title, amount, ...rest) {
  return h("section", { class: "card", "aria-labelledby": id },
    h("h2", { id }, title), h("p", { class: "value" }, h("b", { id: `${id}-value` }, amount)), rest);
}

function online(facts) {
  const code = "online_submission_rate";
  const [item, indicator] = [facts.items.get(code), facts.indicators.get(code)];
  return family("online", t("family.online"), value(item.value, indicator), about(item), without(item, indicator),
    counts(item, "counts.online"), changes(item, indicator), target(item, indicator), coverage(item, "online-coverage"), courseOf(facts, code));
}

function satisfaction(facts) {
  const code = "satisfaction_rate";
  const [item, indicator] = [facts.items.get(code), facts.indicators.get(code)];
  const respondents = item.denominator ? t("satisfaction.respondents", { count: number(item.denominator) }) : t("satisfaction.unknown");
  const range = item.interval && t("satisfaction.interval", { lower: value(item.interval.lower, indicator), upper: value(item.interval.upper, indicator) });
  return family("satisfaction", t("family.satisfaction"), value(item.value, indicator), about(item), without(item, indicator),
    h("p", { class: "counts" }, respondents, " · ", item.method ? word("method", item.method) : t("satisfaction.noMethod")),
    range && h("p", { class: "soft" }, range), changes(item, indicator), target(item, indicator), coverage(item, "satisfaction-coverage"),
    courseOf(facts, code));
}

function poverty(facts) {
  const { review, items, indicators } = facts;
  const code = "poverty_rate";
  const indicator = indicators.get(code);
  const aim = target(items.get(code), indicator);
  if (!review) return family("poverty", t("family.poverty"), "–", h("p", { class: "soft" }, t("poverty.none")), aim);
  const [item, near] = review.items;
  return family("poverty", t("family.poverty"), value(item.value, indicator), about(item),
    h("p", { class: "counts" }, t("poverty.review", { quarter: quarterName(review.quarter) })), counts(item, "counts.households"),
    near.value !== null && h("p", {}, t("poverty.near", { value: value(near.value, indicators.get(near.indicator)), count: number(near.numerator) })),
    changes(item, indicator), aim, coverage(item, "poverty-coverage"), courseOf(facts, code));
}

/** The rate speaks of what was resolved; what is overdue and still lies there stands beside it. */
function dossiers(facts) {
  const codes = ["on_time_resolution_rate", "dossiers_in_progress_overdue", "dossiers_in_progress_total"];
  const [rate, overdue, open] = codes.map((code) => facts.items.get(code));
  const [ofRate, ofOverdue, ofOpen] = codes.map((code) => facts.indicators.get(code));
  return h("section", { class: "panel", "aria-labelledby": "dossiers" }, h("h2", { id: "dossiers" }, t("dossiers.title")),
    h("div", { class: "pair" },
      h("div", {}, h("h3", {}, t("dossiers.onTime")), h("p", { class: "value" }, h("b", { id: "on-time-value" }, value(rate.value, ofRate))),
        about(rate), without(rate, ofRate), counts(rate, "counts.resolved"), changes(rate, ofRate), target(rate, ofRate),
        coverage(rate, "on-time-coverage"), courseOf(facts, codes[0])),
      h("div", {}, h("h3", {}, t("dossiers.overdue")), h("p", { class: "value" }, h("b", { id: "overdue-value" }, value(overdue.value, ofOverdue)),
        open.value !== null && h("span", {}, ` ${t("dossiers.ofOpen", { count: value(open.value, ofOpen) })}`)),
        about(overdue), without(overdue, ofOverdue), changes(overdue, ofOverdue), target(overdue, ofOverdue), coverage(overdue, "overdue-coverage"),
        courseOf(facts, codes[1]))),
    h("p", { class: "soft" }, t("dossiers.why")));
}

/** Figures that contradict others of their report and that nobody has mended yet. */
function disputes({ items, review, indicators, quarter }) {
  const told = [...items.values(), ...(review && review.quarter !== quarter ? review.items : [])];
  const found = told.flatMap((item) => (item.contested ?? []).map((ward) => ({ ...ward, item })));
  if (found.length === 0) return null;
  return h("section", { class: "panel contested", "aria-labelledby": "contested" },
    h("h2", { id: "contested" }, t("contested.title")), h("p", { class: "soft" }, t("contested.lead")),
    h("ul", {}, [...grouped(found, ({ code, item }) => `${code} ${item.quarter}`).values()].map((wards) => {
      const { code, name, item } = wards[0];
      const when = item.quarter === quarter ? "" : ` (${quarterName(item.quarter)})`;
      return h("li", {}, h("a", { href: href("ward", code, item.quarter) }, name), `${when}: ${wards.map((one) => indicators.get(one.item.indicator).name).join("; ")}.`);
    })));
}
