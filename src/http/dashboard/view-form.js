// The ward's report while it is written: all of it in the order of the report, saved as one types.
import { areaAt, get, reportOf, write } from "./api.js";
import { catalogue } from "./catalogue.js";
import { Draft } from "./draft.js";
import { keyOf } from "./draft-keys.js";
import { arrange, h, idOf } from "./dom.js";
import { figureAdder } from "./form-figure-add.js";
import { entryOf, sections, shapes, tellProject } from "./form-figures.js";
import { frame } from "./form-frame.js";
import { closingPanel, headPanel, registerPanel } from "./form-head.js";
import { listEditor } from "./form-list.js";
import { figureRow } from "./form-rows.js";
import { schema } from "./form-schema.js";
import { textField } from "./form-text.js";
import { formWords } from "./form-words.js";
import { day, quarter as quarterName } from "./format.js";
import { t } from "./i18n.js";
import { compareOutlines, outlineOf } from "./outline.js";
import { fileButton, heading, pageButtons } from "./parts.js";
import { isWard } from "./shell.js";
import { button, notice } from "./states.js";

/** Until when number and date may be entered. */
const REGISTERED = ["draft", "returned", "submitted", "approved"];
/** The lists that belong to a section of the report; the others stand below all of them. */
const LISTS_OF = { "I.2": ["issuedDocuments"], "II.2.c": ["projects"], "IV.2": ["limitations"], "V": ["tasks"] };

export async function render(context) {
  const { subject: code, quarter, account, say } = context;
  const path = `/wards/${code}/reports/${quarter}`;
  const title = `${t("menu.form")}, ${quarterName(quarter)}`;
  if (!isWard(account) || code !== context.ward) return { title, node: notice(t("form.notYours.title"), t("form.notYours.detail")) };
  const [indicators, window, ward, found] = await Promise.all([catalogue(), get(`/quarters/${quarter}`, { area: code }),
    areaAt(code, quarter), reportOf(code, quarter), formWords()]);
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
  return { title, ...form({ path, found, indicators, ward, head, context }) };
}

function form({ path, found, indicators, ward, head, context }) {
  const outline = outlineOf(ward.kind, context.quarter);
  const draft = new Draft(path, found.data, found.etag, { outline, changed: update });
  const rows = new Map();
  const parts = new Map();
  const added = [];
  const lists = schema(draft, places().map(({ outline: name }) => [name, titleOf(name)]));
  const editor = (list, level) => listEditor(draft, list, { ...lists[list], level }, context.say);
  const top = headPanel(draft);
  const bottom = [editor("citedActs", "h2"), closingPanel(draft, editor("recipients"))];
  const register = registerPanel(draft);
  const around = frame({ draft, indicators, rows, take, context });
  const middle = h("div", {});
  const node = h("div", { class: "form" }, head, h("div", { class: "columns" }, around.side,
    h("div", { class: "sections" }, around.top, top.element, middle, bottom.map(({ element }) => element), around.bottom, register.element)));
  let layout = "";

  /** The sections of the report and of the outline, in their order. */
  function places() {
    const own = draft.report.document.narrative;
    const known = [...own, ...outline.filter((one) => !own.some((section) => section.outline === one.outline))];
    const counted = [...indicators.values()].map(({ section }) => section).filter((name) => !known.some((one) => one.outline === name));
    return [...known, ...new Set(counted)].map((one) => (typeof one === "string" ? { outline: one, heading: one } : one))
      .sort((left, right) => compareOutlines(left.outline, right.outline));
  }

  /** A short title of the page's own, else the heading of the report. */
  function titleOf(name) {
    const known = t(`section.${name}`);
    return `${name}. ${known === `section.${name}` ? places().find((one) => one.outline === name)?.heading ?? name : known}`;
  }

  function update() {
    const wanted = shapes(indicators, draft.report, added);
    // A figure that somebody else took away stays while it is being decided about.
    const held = [...rows.values()].map((row) => row.shape).filter(({ key }) => draft.busy(key) && !wanted.some((one) => one.key === key));
    const all = [...wanted, ...held];
    const next = [...all.map(({ key }) => key), ...places().map((one) => one.outline)].join();
    if (next !== layout) {
      layout = next;
      layOut(all);
    }
    const editable = mayEdit(draft.report);
    for (const field of [...rows.values(), ...parts.values(), top, ...bottom]) field.update(editable);
    register.update(REGISTERED.includes(draft.report.status), editable);
    around.update(editable);
  }

  /** The fields that are there already keep what is typed in them. */
  function layOut(all) {
    keep(rows, all, (shape) => shape.key, (shape) => ({ ...figureRow(draft, shape, takeOut), shape }));
    const figures = sections(all);
    keep(parts, places(), (one) => one.outline, (one) => sectionPart(one, figures.has(one.outline)));
    for (const [name, part] of parts) part.lay((figures.get(name) ?? []).map(({ key }) => rows.get(key).element));
    arrange(middle, [...parts.values()].map(({ element }) => element));
  }

  /** A section: its figures, its lists, its words. */
  function sectionPart(section, counted) {
    const { outline: name } = section;
    const chapter = !counted && !LISTS_OF[name] && places().some((one) => one.outline.startsWith(`${name}.`));
    const words = textField(draft, section, !counted && !chapter);
    const adder = counted && figureAdder(draft, { outline: name, indicators, year: context.quarter.slice(0, 4), add });
    const fields = [adder, ...(LISTS_OF[name] ?? []).map((list) => editor(list)), words].filter(Boolean);
    const title = `section-${idOf(name)}`;
    const figures = h("div", {});
    return {
      element: h("section", { class: chapter ? "chapter" : "panel", "aria-labelledby": title },
        h("h2", { id: title }, titleOf(name)), figures, fields.map(({ element }) => element)),
      lay: (all) => arrange(figures, all),
      update: (editable) => fields.forEach((field) => field.update(editable)),
    };
  }

  function add({ key, ...figure }) {
    if (rows.has(key)) return false;
    added.push(figure);
    update();
    rows.get(key).focus();
    return true;
  }

  function takeOut(key, name) {
    const { figure, indicator } = rows.get(key).shape;
    const at = added.findIndex((one) => keyOf(one) === key);
    if (at >= 0) added.splice(at, 1);
    tellProject(draft, figure, indicator, false);
    draft.put(key, entryOf(figure, { remove: true }), true);
    context.say(t("entry.removed", { name }));
    document.getElementById(`add-${idOf(indicator.section)}-title`)?.focus();
  }

  /** Takes over figures of the last quarter. */
  function take(chosen) {
    for (const { indicator, value } of chosen) {
      const row = shapes(indicators, draft.report).find((one) => one.indicator.code === indicator && one.figure.nature === "actual" && !one.extra);
      if (row) draft.put(row.key, { ...row.figure, value, operator: "=" }, true);
    }
  }

  const settled = () => draft.clean && draft.conflicts.size === 0 && draft.faults.size === 0;
  const guard = (event) => !settled() && event.preventDefault();
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
function keep(fields, wanted, keyOfOne, make) {
  const kept = new Map(fields);
  fields.clear();
  for (const one of wanted) fields.set(keyOfOne(one), kept.get(keyOfOne(one)) ?? make(one));
}

const mayEdit = (report) => (report.actions ?? []).some((one) => one.action === "edit" && one.allowed);
