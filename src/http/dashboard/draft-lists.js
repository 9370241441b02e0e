// The entries of a report's lists. They have no names of their own and a list is written whole, so the page gives each
// entry an id and follows it through what others write: two who edit different entries both keep what they wrote.
import { entryKey, orderKey, plain } from "./draft-keys.js";

/** What still names an entry whose words have changed; nothing where only words and place tell. */
const NAMES = {
  recipients: () => null,
  citedActs: ({ act, section, role }) => [act, section, role].join(" "),
  issuedDocuments: ({ symbol }) => symbol,
  projects: ({ code }) => code,
  limitations: () => null,
  tasks: () => null,
};
const NUMBERED = ["limitations", "tasks"];

let last = 0;
const freshId = () => `e${(last += 1)}`;

export class Lists {
  constructor(draft) {
    this.draft = draft;
    /** The entries as the report has them: `{ id, value }`. */
    this.entries = new Map(Object.keys(NAMES).map((list) => [list, []]));
    /** The ids in the order in which they are shown, those included that only this page has. */
    this.shown = new Map(Object.keys(NAMES).map((list) => [list, []]));
    /** What is new here, with what it starts from, and what was removed here, with what it said. */
    this.fresh = new Map();
    this.gone = new Map();
    /** The ids of the lists that were sent last. */
    this.sent = new Map();
  }

  /** Takes up what the service has; after a write, entry by entry what was sent. */
  take(document, written) {
    for (const [list, before] of this.entries) {
      const values = document[list] ?? [];
      const ids = written && this.sent.get(list);
      const next = ids?.length === values.length ? values.map((value, at) => ({ id: ids[at], value })) : follow(list, before, values);
      this.entries.set(list, next);
      for (const { id } of next) this.fresh.delete(id);
    }
    this.sent.clear();
  }

  stored(list, id) {
    return this.entries.get(list).find((entry) => entry.id === id)?.value;
  }

  /** The id of the entry at a place of the list as the service has it. */
  idAt = (list, index) => this.entries.get(list)?.[index]?.id;

  /** The ids to show: those of the report and those that only this page has, in the order that was last chosen. */
  ids(list) {
    const theirs = this.entries.get(list).map(({ id }) => id);
    const here = (id) => theirs.includes(id) || this.fresh.has(id) || this.gone.has(id) || this.draft.busy(entryKey(list, id));
    const mine = this.shown.get(list).filter(here);
    const ids = this.draft.edits.has(orderKey(list)) ? arrange(mine, theirs) : arrange(theirs, mine);
    this.shown.set(list, ids);
    return ids;
  }

  /** The whole list as it is to be sent: what others wrote stays, but for what is sent here. */
  body(list, sent) {
    const before = this.entries.get(list);
    const edit = (id) => sent.get(entryKey(list, id));
    const ids = this.ids(list).filter((id) => (edit(id) ? edit(id).entry !== null : this.stored(list, id) !== undefined));
    this.sent.set(list, ids);
    const values = ids.map((id) => edit(id)?.entry ?? this.stored(list, id));
    if (!NUMBERED.includes(list)) return values;
    // Numbers follow the order where it changes; else each entry keeps the one that it has.
    const moved = ids.length !== before.length || ids.some((id, at) => id !== before[at].id);
    return values.map((value, at) => ({ ...value, number: moved ? at + 1 : before[at].value.number }));
  }

  /** A new entry, at the end; it is written once it says something. */
  add(list, start) {
    const id = freshId();
    this.fresh.set(id, start);
    this.shown.set(list, [...this.ids(list), id]);
    this.draft.changed(this.draft);
    return id;
  }

  /** Takes an entry out; what it said can be put back. */
  remove(list, id) {
    const key = entryKey(list, id);
    const said = this.draft.current(key);
    if (said) this.gone.set(id, said);
    this.fresh.delete(id);
    this.draft.put(key, null, true);
  }

  restore(list, id) {
    const said = this.gone.get(id);
    this.gone.delete(id);
    this.draft.put(entryKey(list, id), said, true);
  }

  /** Moves an entry past one that is shown before or after it. */
  move(list, id, by) {
    const ids = [...this.ids(list)];
    const from = ids.indexOf(id);
    let to = from + by;
    while (this.gone.has(ids[to])) to += by;
    if (to < 0 || to >= ids.length) return;
    ids.splice(to, 0, ...ids.splice(from, 1));
    this.shown.set(list, ids);
    this.draft.put(orderKey(list), ids, true);
  }
}

/** The first order, with what only the second has after that which it follows there. */
function arrange(first, second) {
  const all = [...first];
  for (const [at, id] of second.entries()) {
    if (all.includes(id)) continue;
    const before = second.slice(0, at).reverse().find((one) => all.includes(one));
    all.splice(before === undefined ? 0 : all.indexOf(before) + 1, 0, id);
  }
  return all;
}

/** Entries with the ids that they had: by what they say, then by what names them, then by their place. */
function follow(list, before, values) {
  const words = (value) => plain(entryKey(list, ""), value);
  const found = values.map(() => null);
  let left = before;
  const claim = (of) => {
    const waiting = new Map();
    for (const entry of left) {
      const name = of(entry.value);
      if (name !== null) waiting.set(name, [...(waiting.get(name) ?? []), entry.id]);
    }
    for (const [at, value] of values.entries()) found[at] ??= waiting.get(of(value))?.shift() ?? null;
    left = left.filter(({ id }) => !found.includes(id));
  };
  claim(words);
  claim(NAMES[list]);
  if (before.length === values.length) {
    for (const [at, entry] of before.entries()) if (left.includes(entry)) found[at] ??= entry.id;
  }
  return values.map((value, at) => ({ id: found[at] ?? freshId(), value }));
}
