// The town at a glance.
import { get, published, revision } from "./api.js";
import { spark } from "./chart-line.js";
import { h } from "./dom.js";
import { day, number, quarter as quarterName, shift, value } from "./format.js";
import { t, word } from "./i18n.js";
import { change, counts, coverage, fileButton, heading, marks, pageButtons, syntheticNotice, target } from "./parts.js";
import { href } from "./route.js";
import { empty } from "./states.js";
import { behind, table } from "./table.js";

const NOW = ["online_submission_rate", "satisfaction_rate", "poverty_rate", "near_poverty_rate", "on_time_resolution_rate",
  "dossiers_in_progress_overdue", "dossiers_in_progress_total"];
const COURSE = ["online_submission_rate", "satisfaction_rate", "poverty_rate", "near_poverty_rate", "on_time_resolution_rate",
  "dossiers_in_progress_overdue"];
const WARDS = ["online_submission_rate", "satisfaction_rate", "poverty_rate", "on_time_resolution_rate", "dossiers_in_progress_overdue"];
const QUARTERS = 12;

export async function render(context) {
  const { quarter, say } = context;
  const area = context.subject;
  const from = shift(quarter, 1 - QUARTERS);
  const [now, course, wards, window, progress] = await Promise.all([
    published("/aggregates", { area, indicator: NOW.join(), quarter }),
    published("/aggregates", { area, indicator: COURSE.join(), from, to: quarter, compact: true }),
    published("/aggregates", { area, indicator: WARDS.join(), quarter, by: "ward", compact: true }),
    get(`/quarters/${quarter}`, { area }),
    get(`/quarters/${quarter}/progress`, { area }),
  ]);
  const items = Object.fromEntries(now.items.map((item) => [item.indicator, item]));
  const courses = Map.groupBy ? Object.fromEntries(Map.groupBy(course.items, (item) => item.indicator)) : byIndicator(course.items);
  const name = now.items[0]?.area.name ?? progress.area?.name ?? area;
  const lead = `${quarterName(quarter)} · ${t("town.window", { from: day(window.windowStart), to: day(window.cutOff) })} · ${t("town.revision", { revision: revision() })}`;
  const tools = [fileButton(t("do.xlsx"), "/exports/quarter.xlsx", { area, quarter }, `${quarter}.xlsx`), pageButtons(say)];
  const title = `${name}, ${quarterName(quarter)}`;
  if (progress.reporting.expected === 0) {
    return { title, node: h("div", {}, heading(name, lead), empty(t("town.nobody"))) };
  }
  const review = await lastReview(area, courses.poverty_rate);
  const facts = { area, quarter, items, courses, review, wards: wards.items, progress, window };
  const node = h("div", { class: "town" }, heading(name, lead, tools),
    now.items.some((item) => item.synthetic) && syntheticNotice(),
    reporting(facts),
    progress.reporting.reported === 0 ? empty(t("town.nothing"))
      : [h("div", { class: "cards" }, online(facts), satisfaction(facts), poverty(facts)), dossiers(facts), disputes(facts)]);
  return { title, node };
}

function byIndicator(items) {
  const found = {};
  for (const item of items) (found[item.indicator] ??= []).push(item);
  return found;
}

/** Poverty is counted once a year: the last review up to this quarter, in full. */
async function lastReview(area, course) {
  const last = course?.findLast((item) => typeof item.value === "number");
  if (!last) return null;
  const { items } = await published("/aggregates", { area, indicator: "poverty_rate,near_poverty_rate", quarter: last.quarter });
  return { quarter: last.quarter, poverty: items[0], nearPoverty: items[1] };
}

const points = (items) => (items ?? []).map((item) => ({
  quarter: item.quarter, value: item.value, lower: item.interval?.lower, upper: item.interval?.upper, status: item.status,
}));

function courseOf({ courses, area, quarter }, indicator, unit, decimals) {
  const items = courses[indicator] ?? [];
  const columns = [
    { key: "quarter", label: t("column.quarter"), cell: (item) => quarterName(item.quarter) },
    { key: "value", label: t("column.value"), numeric: true, cell: (item) => value(item.value, unit, decimals) },
    { key: "counts", label: t("column.counts"), numeric: true, cell: (item) =>
      item.denominator ? `${number(item.numerator)} / ${number(item.denominator)}` : "–" },
    { key: "coverage", label: t("column.coverage"), numeric: true, cell: (item) => `${item.coverage[2]}/${item.coverage[0]}` },
  ];
  const known = items.filter((item) => typeof item.value === "number");
  return [spark(points(items), t("chart.course", { name: t(`name.${indicator}`), count: known.length })),
    behind(`course-${indicator}`, table({ id: `table-${indicator}`, caption: t(`name.${indicator}`), columns, rows: known.reverse() })),
    h("p", { class: "more" }, h("a", { href: href("wards", area, quarter, { indicator }) },
      t("town.byWard"), h("span", { class: "hidden" }, `: ${t(`name.${indicator}`)}`)))];
}

/** How many have published, who is late. */
function reporting({ area, quarter, progress }) {
  const { expected, reported, inTime, late, undated } = progress.reporting;
  const state = (ward) => (!ward.published ? "missing" : ward.inTime === true ? "in-time" : ward.inTime === false ? "late" : "undated");
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

/** That some of the wards behind a value contradict themselves, which the value of many does not show. */
function disputed({ wards }, item) {
  const count = wards.filter((one) => one.indicator === item?.indicator && one.status === "U").length;
  return count > 0 && item.status !== "U" && h("span", { class: "badge bad", title: t("mark.contested.why") }, t("contested.count", { count }));
}

function family(facts, id, title, item, amount, ...rest) {
  return h("section", { class: "card", "aria-labelledby": id },
    h("h2", { id }, title), h("p", { class: "value" }, h("b", { id: `${id}-value` }, amount)),
    h("p", { class: "marks" }, item ? [disputed(facts, item), marks(item)] : null), rest);
}

function changes(item, decimals) {
  return item && [change(item.change.previousQuarter, { code: item.indicator }, item.unit, decimals),
    change(item.change.previousYear, { code: item.indicator }, item.unit, decimals)];
}

/** Where there is no value: why, and the plain mean under its own name. */
function without(item) {
  if (!item || item.value !== null) return null;
  return [h("p", { class: "soft" }, word("null", item.reason)),
    item.statedMean && h("p", { class: "soft" }, t("mean.of", { value: value(item.statedMean.value, "percent"), wards: item.statedMean.wards }))];
}

function online(facts) {
  const item = facts.items.online_submission_rate;
  return family(facts, "online", t("family.online"), item, value(item?.value, "percent"), without(item),
    counts(item, "counts.online"), changes(item), target(item, "higher"), coverage(item, "online-coverage"),
    courseOf(facts, "online_submission_rate", "percent"));
}

function satisfaction(facts) {
  const item = facts.items.satisfaction_rate;
  const respondents = item?.denominator ? t("satisfaction.respondents", { count: number(item.denominator) }) : t("satisfaction.unknown");
  const range = item?.interval && t("satisfaction.interval", { lower: value(item.interval.lower, "percent"), upper: value(item.interval.upper, "percent") });
  return family(facts, "satisfaction", t("family.satisfaction"), item, value(item?.value, "percent"), without(item),
    h("p", { class: "counts" }, respondents, " · ", item?.method ? word("method", item.method) : t("satisfaction.noMethod")),
    range && h("p", { class: "soft" }, range), changes(item), target(item, "higher"), coverage(item, "satisfaction-coverage"),
    courseOf(facts, "satisfaction_rate", "percent"));
}

function poverty(facts) {
  const { review, items } = facts;
  const aim = target({ ...items.poverty_rate, value: review?.poverty.value }, "lower", 2);
  if (!review) {
    return family(facts, "poverty", t("family.poverty"), null, "–", h("p", { class: "soft" }, t("poverty.none")), aim);
  }
  const { poverty: item, nearPoverty } = review;
  return family(facts, "poverty", t("family.poverty"), item, value(item.value, "percent", 2),
    h("p", { class: "counts" }, t("poverty.review", { quarter: quarterName(review.quarter) })), counts(item, "counts.households"),
    nearPoverty.value !== null && h("p", {}, t("poverty.near", { value: value(nearPoverty.value, "percent", 2), count: number(nearPoverty.numerator) })),
    changes(item, 2), aim, coverage(item, "poverty-coverage"), courseOf(facts, "poverty_rate", "percent", 2));
}

/** The rate speaks of what was resolved; what is overdue and still lies there stands beside it. */
function dossiers(facts) {
  const [rate, overdue, open] = ["on_time_resolution_rate", "dossiers_in_progress_overdue", "dossiers_in_progress_total"]
    .map((indicator) => facts.items[indicator]);
  return h("section", { class: "panel", "aria-labelledby": "dossiers" }, h("h2", { id: "dossiers" }, t("dossiers.title")),
    h("div", { class: "pair" },
      h("div", {}, h("h3", {}, t("dossiers.onTime")), h("p", { class: "value" }, h("b", { id: "on-time-value" }, value(rate?.value, "percent"))),
        h("p", { class: "marks" }, disputed(facts, rate), marks(rate)), without(rate), counts(rate, "counts.resolved"), changes(rate),
        coverage(rate, "on-time-coverage"), courseOf(facts, "on_time_resolution_rate", "percent")),
      h("div", {}, h("h3", {}, t("dossiers.overdue")), h("p", { class: "value" }, h("b", { id: "overdue-value" }, number(overdue?.value)),
        typeof open?.value === "number" && h("span", {}, ` ${t("dossiers.ofOpen", { count: number(open.value) })}`)),
        h("p", { class: "marks" }, disputed(facts, overdue), marks(overdue)), without(overdue), changes(overdue), coverage(overdue, "overdue-coverage"),
        courseOf(facts, "dossiers_in_progress_overdue", "count"))),
    h("p", { class: "soft" }, t("dossiers.why")));
}

/** Figures that contradict others of their report and that nobody has mended yet. */
function disputes({ wards, progress, quarter }) {
  const found = new Map();
  for (const item of wards.filter((one) => one.status === "U")) {
    found.set(item.area, [...(found.get(item.area) ?? []), t(`name.${item.indicator}`)]);
  }
  if (found.size === 0) return null;
  const place = (id) => progress.wards.find((ward) => ward.area?.id === id)?.area;
  return h("section", { class: "panel contested", "aria-labelledby": "contested" },
    h("h2", { id: "contested" }, t("contested.title")), h("p", { class: "soft" }, t("contested.lead")),
    h("ul", {}, [...found].map(([id, names]) =>
      h("li", {}, h("a", { href: href("ward", place(id)?.code ?? id.split("-")[0], quarter) }, place(id)?.name ?? id), `: ${names.join("; ")}.`))));
}
