// A report that is being written: what is not saved yet, the saving one after the other, and what to do when somebody else
// was faster.
import { Problem, SignedOut, Unreachable, read, write } from "./api.js";

const PAUSE = 700;
const AGAIN = 4_000;

/** What a figure is, apart from its number. */
export const keyOf = (figure) =>
  [figure.indicator, figure.nature, figure.span, figure.referencePeriod ?? "", figure.project ?? ""].join("|");

/** What names the state of a report in its ETag; the rest is how it was shown. */
export const stateOf = (etag) => etag?.replace(/^W\//, "").replace(/^"/, "").split(".")[0].replace(/"$/, "");

const same = (left, right) => (left?.value ?? null) === (right?.value ?? null) && (left?.operator ?? "=") === (right?.operator ?? "=");

export class Draft {
  /** `changed` is called with every new state: of the report, or of the saving. */
  constructor(path, report, etag, changed) {
    Object.assign(this, { path, report, etag, changed });
    this.figures = new Map();
    this.members = {};
    this.faults = new Map();
    this.conflicts = new Map();
    this.saving = "saved";
    this.queue = Promise.resolve();
    this.timer = null;
  }

  /** The figure of the report under a key. */
  stored(key) {
    return this.report.document.observations.find((figure) => keyOf(figure) === key);
  }

  get clean() {
    return this.figures.size === 0 && Object.keys(this.members).length === 0 && this.saving !== "saving";
  }

  /** Notes what was typed: `entry` is what the API is sent, `remove` included. */
  put(key, entry, soon) {
    const before = this.figures.get(key)?.base ?? this.stored(key);
    this.faults.delete(key);
    this.conflicts.delete(key);
    const nothing = entry.remove ? !this.stored(key) : same(entry, this.stored(key)) && entry.method === this.stored(key)?.method;
    if (nothing) this.figures.delete(key);
    else this.figures.set(key, { entry, base: before });
    this.schedule(soon);
  }

  putMember(name, value, soon) {
    this.members[name] = value;
    this.schedule(soon);
  }

  /** What cannot be sent at all, with why. */
  refuse(key, detail) {
    this.figures.delete(key);
    this.faults.set(key, detail);
    this.changed(this);
  }

  schedule(soon) {
    clearTimeout(this.timer);
    if (this.figures.size === 0 && Object.keys(this.members).length === 0) {
      if (this.saving === "waiting") this.state("saved");
      return;
    }
    this.state("waiting");
    this.timer = setTimeout(() => this.save(), soon ? 0 : PAUSE);
  }

  state(saving) {
    this.saving = saving;
    this.changed(this);
  }

  take({ data, etag }) {
    this.report = data;
    this.etag = etag;
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
    const sent = new Map(this.figures);
    const members = { ...this.members };
    if (sent.size === 0 && Object.keys(members).length === 0) return;
    this.state("saving");
    const body = { ...members };
    if (sent.size > 0) body.observations = [...sent.values()].map(({ entry }) => entry);
    try {
      this.take(await write("PATCH", this.path, body, { "If-Match": this.etag }));
    } catch (error) {
      return this.failed(error, [...sent.keys()], members);
    }
    this.settle(sent, members);
  }

  /** What was typed meanwhile stays to be saved. */
  settle(sent, members) {
    for (const [key, { entry }] of sent) if (this.figures.get(key)?.entry === entry) this.figures.delete(key);
    for (const [name, value] of Object.entries(members)) if (this.members[name] === value) delete this.members[name];
    this.state("saved");
    this.schedule(true);
  }

  async failed(error, keys, members) {
    if (error instanceof Problem && error.status === 412) return this.reconcile();
    if (error instanceof Unreachable || (error instanceof Problem && error.status >= 500)) {
      this.state("unreachable");
      this.timer = setTimeout(() => this.save(), AGAIN);
      return;
    }
    if (error instanceof SignedOut) return;
    if (!(error instanceof Problem)) throw error;
    // Each figure that was refused is named; the others are sent again without it.
    const refused = error.faults.map((fault) => [/^\/observations\/(\d+)/.exec(fault.pointer)?.[1], fault.detail]).filter(([index]) => index);
    for (const [index, detail] of refused) {
      const key = keys[Number(index)];
      this.figures.delete(key);
      this.faults.set(key, detail);
    }
    if (refused.length === 0) {
      for (const key of keys) this.figures.delete(key);
      for (const name of Object.keys(members)) delete this.members[name];
      this.refusal = error.message;
    }
    this.state(refused.length === 0 ? "refused" : "saved");
    this.schedule(true);
  }

  /** What somebody else wrote. What they left alone is still to be written; where both wrote, people decide. */
  adopt(found) {
    this.take(found);
    for (const [key, { entry, base }] of this.figures) {
      if (same(this.stored(key), base) || same(this.stored(key), entry)) continue;
      this.figures.delete(key);
      this.conflicts.set(key, { mine: entry, theirs: this.stored(key) });
    }
  }

  /** Somebody else was faster. */
  async reconcile() {
    try {
      this.adopt(await read(this.path));
    } catch (error) {
      return this.failed(error, [], {});
    }
    this.state("saved");
    this.schedule(true);
  }

  /** A conflict as somebody decided it. */
  decide(key, mine) {
    const { mine: entry } = this.conflicts.get(key);
    this.conflicts.delete(key);
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
      if (moved) this.changed(this);
      return moved;
    });
  }
}
