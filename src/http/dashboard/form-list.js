// The editor of a list of the report: entries are added, changed, taken out, put back and moved.
import { entryKey } from "./draft-keys.js";
import { arrange, fill, h } from "./dom.js";
import { record } from "./form-fields.js";
import { findingsBox, listKey, remarks } from "./form-remarks.js";
import { t } from "./i18n.js";

/** `{ element, update(editable) }`; `say` tells what happened to those who listen. */
export function listEditor(draft, list, schema, say) {
  const id = `list-${list}`;
  const items = h("ol", { class: "entries", id });
  const none = h("p", { class: "soft" }, t("entry.none"));
  const add = h("button", { type: "button", id: `${id}-add`, onclick: () => begin() }, t(`${list}.add`));
  const said = findingsBox(draft, listKey(list));
  const title = h(schema.level ?? "h3", { id: `${id}-title` }, t(`${list}.title`));
  const element = h("section", { class: `list ${schema.level ? "panel" : ""}`, "aria-labelledby": title.id }, title, none, items, said.element, h("p", { class: "actions" }, add));
  const entries = new Map();
  const tools = { shown: () => draft.lists.ids(list).filter((one) => !draft.lists.gone.has(one)), say };
  let editable = false;

  function begin() {
    const entry = draft.lists.add(list, schema.start);
    entries.get(entry).open();
  }

  function update(mayEdit) {
    editable = mayEdit;
    const ids = draft.lists.ids(list);
    for (const known of [...entries.keys()]) if (!ids.includes(known)) entries.delete(known);
    for (const one of ids) if (!entries.has(one)) entries.set(one, entryEditor(draft, list, one, schema, tools));
    arrange(items, ids.map((one) => entries.get(one).element));
    for (const [one, entry] of entries) entry.update(editable, tools.shown().indexOf(one), tools.shown().length);
    none.hidden = ids.length > 0;
    add.hidden = !editable;
    said.update(editable);
  }
  return { element, update };
}

function entryEditor(draft, list, id, { fields, start, told, complete, waits, parts, folded, whole }, { shown, say }) {
  const key = entryKey(list, id);
  const wrap = (value) => (whole && typeof value === "string" ? whole.wrap(value) : value);
  const seen = {
    faults: draft.faults, busy: () => draft.busy(key), refuse: (...given) => draft.refuse(...given),
    current: () => wrap(draft.current(key)), show: () => wrap(draft.show(key)),
    put: (_, value, soon) => draft.put(key, whole && value ? whole.unwrap(value) : value, soon),
  };
  const one = record(seen, { key, id: `entry-${id}`, fields, start, complete, waits });
  const notes = h("div", { class: "notes" });
  const said = findingsBox(draft, key);
  const line = h("summary", {});
  const fold = folded ? h("details", { class: "fold", id: `entry-${id}-fold` }, line) : h("div", { class: "fold" });
  const [up, down] = [[-1, "up"], [1, "down"]].map(([by, way]) => tool(way, () => move(by, way)));
  const away = tool("remove", remove);
  const buttons = h("p", { class: "entry-tools" }, up, down, away);
  fold.append(one.element, buttons);
  const back = h("button", { type: "button", class: "small", onclick: restore }, t("entry.restore"));
  const trace = h("p", { class: "trace" }, h("span", {}), " ", back);
  const element = h("li", { class: "entry-item", id: `entry-${id}` });
  let taken = [];
  let gone = null;

  function tool(way, work) {
    return h("button", { type: "button", class: "small", id: `entry-${id}-${way}`, onclick: work }, t(`entry.${way}`), h("span", { class: "hidden" }));
  }

  const name = () => told(seen.current() ?? {}) || t("entry.new");

  function move(by, way) {
    draft.lists.move(list, id, by);
    const place = shown().indexOf(id) + 1;
    (way === "up" ? (place === 1 ? down : up) : (place === shown().length ? up : down)).focus();
    say(t("entry.moved", { place, count: shown().length }));
  }

  function remove() {
    const before = name();
    const value = draft.current(key);
    taken = value && parts ? parts(value) : [];
    for (const part of taken) draft.put(part.key, part.without);
    const next = shown()[shown().indexOf(id) + 1];
    draft.lists.remove(list, id);
    say(t("entry.removed", { name: before }));
    // What can be put back is where one goes on; else the next one, or what adds one.
    const goOn = draft.lists.gone.has(id) ? back : document.getElementById(next ? `entry-${next}-remove` : `list-${list}-add`);
    goOn?.focus();
  }

  function restore() {
    for (const part of taken) draft.put(part.key, part.figure);
    draft.lists.restore(list, id);
    open();
  }

  function open() {
    fold.open = true;
    one.focus();
  }

  function update(editable, place, count) {
    const removed = draft.lists.gone.has(id);
    if (gone !== removed) {
      gone = removed;
      fill(element, gone ? trace : fold, notes, said.element);
    }
    const about = name();
    fill(trace.firstChild, t("entry.removed", { name: wrapTold(draft.lists.gone.get(id)) }));
    one.update(editable);
    fill(line, about);
    for (const button of [up, down, away]) fill(button.lastChild, `: ${about}`);
    buttons.hidden = !editable;
    up.disabled = place === 0;
    down.disabled = place === count - 1;
    fill(notes, remarks(draft, key, ({ theirs }) => [t(theirs ? "entry.conflict" : "entry.conflictGone"),
      theirs && h("q", { class: "theirs" }, detail(wrap(theirs)))], { within: one }));
    said.update(editable);
    element.className = `entry-item ${draft.faults.has(key) || draft.conflicts.has(key) ? "error" : said.element.dataset.worst}`;
    if (draft.faults.has(key)) fold.open = true;
  }

  const wrapTold = (value) => (value === undefined ? "" : told(wrap(value)));
  /** Everything that an entry says in its fields. */
  const detail = (value) => fields.map((field) => [field, value[field.name]]).filter(([, told]) => told?.length > 0)
    .map(([field, told]) => `${field.label}: ${[told].flat().map((word) => field.options?.().find(([known]) => known === word)?.[1] ?? word).join(", ")}`).join("\n");

  return { element, update, open };
}
