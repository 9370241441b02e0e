// A report that is being written: what is not saved yet, the saving one after the other, and what to do when somebody else
// was faster.
import { Problem, SignedOut, Unreachable, read, write } from "./api.js";
import { entryKey, isEntry, isFigure, isMember, isOrder, isSection, keyOf, partsOf, same, textKey } from "./draft-keys.js";
import { Lists } from "./draft-lists.js";
import { withSections } from "./outline.js";

const PAUSE = 700;
const AGAIN = 4_000;

/** What names the state of a report in its ETag; the rest is how it was shown. */
const stateOf = (etag) => etag?.replace(/^W\//, "").replace(/^"/, "").split(".")[0].replace(/"$/, "");

export class Draft {
  /** `changed` is called with every new state: of the report, or of the saving. New sections come from `outline`. */
  constructor(path, report, etag, { outline, changed }) {
    Object.assign(this, { path, report, etag, outline, changed });
    /** What is not saved yet: `{ entry, base }`, what is to be sent and what stood there when it was typed. */
    this.edits = new Map();
    /** What each field shows or last saved; what is typed there goes on from it. */
    this.shown = new Map();
    /** What cannot be saved: `{ detail, fields }`, with the fields of an entry that it is about. */
    this.faults = new Map();
    this.conflicts = new Map();
    this.lists = new Lists(this);
    this.lists.take(report.document);
    this.saving = "saved";
    this.sending = null;
    this.queue = Promise.resolve();
    this.timer = null;
  }

  /** What the report says under a key. */
  stored(key) {
    const { document } = this.report;
    if (isFigure(key)) return document.observations.find((figure) => keyOf(figure) === key);
    const [name, id] = partsOf(key);
    if (isEntry(key)) return this.lists.stored(name, id);
    if (isOrder(key)) return this.lists.entries.get(name).map((entry) => entry.id);
    if (!isSection(key)) return document[key];
    const section = document.narrative.find(({ outline }) => outline === name);
    return key === textKey(name) ? section?.text : section?.heading;
  }

  /** What a field says here: what is to be sent, else what it shows. */
  current(key) {
    if (this.edits.has(key)) return this.edits.get(key).entry;
    return this.shown.has(key) ? this.shown.get(key) : this.stored(key);
  }

  get clean() {
    return this.edits.size === 0 && this.saving !== "saving";
  }

  /** Whether a field says something else than the report. */
  busy(key) {
    return this.edits.has(key) || this.faults.has(key) || this.conflicts.has(key);
  }

  /** What a field is to show now. */
  show(key) {
    const stored = this.stored(key);
    this.shown.set(key, stored);
    return stored;
  }

  /** Notes what was typed: `entry` is what the API is sent, of a figure `remove` included. */
  put(key, entry, soon) {
    const stored = this.stored(key);
    const base = this.edits.has(key) ? this.edits.get(key).base : this.shown.has(key) ? this.shown.get(key) : stored;
    this.faults.delete(key);
    this.conflicts.delete(key);
    this.edits.delete(key);
    // Who leaves a field as it was shown says nothing, whatever others wrote meanwhile. What is on its way to be overwritten
    // again is no longer what the report will say.
    if (this.sending?.has(key) || !(same(key, entry, stored) || same(key, entry, base))) {
      this.edits.set(key, { entry, base });
      this.dispute(key);
    }
    this.schedule(soon);
  }

  /** What cannot be sent at all, with why. */
  refuse(key, detail, fields = []) {
    this.edits.delete(key);
    this.faults.set(key, { detail, fields });
    this.changed(this);
  }

  schedule(soon) {
    clearTimeout(this.timer);
    if (this.edits.size === 0) return this.state(["saving", "refused"].includes(this.saving) ? this.saving : "saved");
    this.state("waiting");
    this.timer = setTimeout(() => this.save(), soon ? 0 : PAUSE);
  }

  state(saving) {
    this.saving = saving;
    this.changed(this);
  }

  take({ data, etag }, written = false) {
    this.report = data;
    this.etag = etag;
    this.lists.take(data.document, written);
  }

  /** One write after the other: each needs the ETag of the last. */
  then(work) {
    const next = this.queue.then(work);
    this.queue = next.catch(() => {});
    return next;
  }

  save() {
    clearTimeout(this.timer);
    return this.then(() => this.send());
  }

  async send() {
    const sent = new Map(this.edits);
    if (sent.size === 0) return;
    this.sending = sent;
    this.state("saving");
    try {
      this.take(await write("PATCH", this.path, this.body(sent), { "If-Match": this.etag }), true);
    } catch (error) {
      return this.failed(error, sent);
    } finally {
      this.sending = null;
    }
    this.settle(sent);
  }

  /** Texts and lists are replaced whole by the service, so they are made anew of the report that the ETag names. */
  body(sent) {
    this.lists.sent.clear();
    const body = {};
    const sections = new Map();
    for (const [key, { entry }] of sent) {
      const [name] = partsOf(key);
      if (isFigure(key)) (body.observations ??= []).push(entry);
      else if (isMember(key)) body[key] = entry;
      else if (isSection(key)) sections.set(name, { ...sections.get(name), [key === textKey(name) ? "text" : "heading"]: entry });
      else body[name] ??= this.lists.body(name, sent);
    }
    if (sections.size > 0) this.sections = body.narrative = withSections(this.report.document.narrative, sections, this.outline);
    return body;
  }

  /** What was typed meanwhile stays to be saved. */
  settle(sent) {
    for (const [key, edit] of sent) {
      const stored = this.stored(key);
      this.shown.set(key, stored);
      if (this.edits.get(key) === edit) this.edits.delete(key);
      else if (this.edits.has(key)) this.edits.get(key).base = stored;
    }
    this.state("saved");
    this.schedule(true);
  }

  async failed(error, sent) {
    if (error instanceof Problem && error.status === 412) return this.reconcile();
    if (error instanceof Unreachable || (error instanceof Problem && (error.status >= 500 || error.status === 429))) {
      this.state("unreachable");
      this.timer = setTimeout(() => this.save(), AGAIN);
      return;
    }
    if (error instanceof SignedOut) return;
    if (!(error instanceof Problem)) throw error;
    // What was refused is named; the rest is sent again without it. Its fields keep what was typed.
    const refused = error.faults.flatMap(({ pointer, detail }) => this.named(pointer, sent).map((found) => ({ ...found, detail })));
    const dropped = refused.length > 0 ? refused : [...sent.keys()].map((key) => ({ key, detail: error.message, fields: [] }));
    for (const { key, detail, fields } of dropped) {
      if (this.edits.get(key) !== sent.get(key)) continue;
      this.edits.delete(key);
      this.faults.set(key, { detail, fields });
    }
    this.refusal = error.message;
    this.state(refused.length > 0 ? "saved" : "refused");
    if (sent.size > 0) this.schedule(true);
  }

  /** What of that which was sent a pointer into it means: the keys, and the fields of an entry. */
  named(pointer, sent) {
    const [, member, index, ...rest] = (pointer ?? "").split("/");
    const keys = [...sent.keys()];
    const found = (fits, ...fields) => keys.filter(fits).map((key) => ({ key, fields: fields.filter(Boolean) }));
    if (member === "observations") {
      const figures = keys.filter(isFigure);
      return found((key) => isFigure(key) && (index === undefined || key === figures[index]));
    }
    if (member === "narrative") {
      const section = this.sections?.[index];
      return found((key) => isSection(key) && (index === undefined || partsOf(key)[0] === section?.outline));
    }
    if (!this.lists.entries.has(member)) return found((key) => key === member, index);
    const id = this.lists.sent.get(member)?.[index];
    return found((key) => (isEntry(key) || isOrder(key)) && partsOf(key)[0] === member && (index === undefined || key === entryKey(member, id)), ...rest);
  }

  /** What somebody else wrote. */
  adopt(found) {
    this.take(found);
    for (const key of [...this.edits.keys()]) this.dispute(key);
    for (const [key, conflict] of [...this.conflicts]) {
      conflict.theirs = this.stored(key);
      if (same(key, conflict.mine, conflict.theirs)) this.conflicts.delete(key);
    }
  }

  /** What others left alone is still to be written; where both wrote, people decide. */
  dispute(key) {
    // Whoever else wrote, an order is the one that was chosen last; nothing is lost by it.
    if (isOrder(key)) return;
    const { entry, base } = this.edits.get(key);
    const theirs = this.stored(key);
    if (same(key, theirs, base) || same(key, theirs, entry)) return;
    this.edits.delete(key);
    this.conflicts.set(key, { mine: entry, theirs });
  }

  /** Somebody else was faster. */
  async reconcile() {
    try {
      this.adopt(await read(this.path));
    } catch (error) {
      return this.failed(error, new Map());
    }
    this.state("saved");
    this.schedule(true);
  }

  /** A conflict as somebody decided it. */
  decide(key, mine) {
    const { mine: entry, theirs } = this.conflicts.get(key);
    this.conflicts.delete(key);
    this.shown.set(key, theirs);
    if (mine) this.put(key, entry, true);
    else this.changed(this);
  }

  /**
   * Another kind of write, after what is typed is saved. Where somebody else wrote in between, it is done all the same if
   * `still` says that what was decided about is as it was; else people look again.
   */
  async act(method, suffix, body, still = () => false) {
    const asked = () => write(method, this.path + suffix, body, { "If-Match": this.etag });
    await this.save();
    await this.then(async () => {
      try {
        this.take(await asked());
      } catch (error) {
        if (!(error instanceof Problem) || error.status !== 412) throw error;
        this.adopt(await read(this.path));
        this.changed(this);
        if (!still(this.report)) throw error;
        this.take(await asked());
      }
      this.changed(this);
    });
  }

  /** Looks whether somebody else wrote; answers whether they did. */
  look() {
    if (!this.clean) return Promise.resolve(false);
    // In its turn: an answer that a write has overtaken would bring an old state back.
    return this.then(async () => {
      if (!this.clean) return false;
      const found = await read(this.path);
      if (found.etag === this.etag) return false;
      const moved = stateOf(found.etag) !== stateOf(this.etag);
      this.adopt(found);
      this.changed(this);
      return moved;
    });
  }
}
