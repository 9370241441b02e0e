// The public API, with the session's token, and with what was answered before.
import { language } from "./i18n.js";
import { renewAfter, token } from "./session.js";
import { Problem, send } from "./wire.js";

export { Problem, Unreachable } from "./wire.js";

const KEPT = 300;
const answers = new Map();
let seen = { epoch: null, revision: 0 };

/** The newest revision that any answer named. */
export const revision = () => seen.revision;

export function forget() {
  answers.clear();
  seen = { epoch: null, revision: 0 };
}

/** Whoever is signed out where a token is needed. */
export class SignedOut extends Error {}

async function authorized(method, path, options) {
  const first = await token();
  if (!first) throw new SignedOut();
  try {
    return await send(method, path, { ...options, token: first });
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error;
    const second = await renewAfter(first);
    if (!second) throw new SignedOut();
    return send(method, path, { ...options, token: second });
  }
}

/** An address with its parameters; those without a value are left out. */
export function address(path, params = {}) {
  const given = Object.entries(params).filter(([, value]) => value !== null && value !== undefined);
  const query = new URLSearchParams(given).toString();
  return `/api/v1${path}${query ? `?${query}` : ""}`;
}

/** Reads: `{ data, etag }`. What was answered before is asked for again with its ETag. */
export async function read(path, params) {
  const url = address(path, params);
  const key = `${language()} ${url}`;
  const known = answers.get(key);
  const headers = known ? { "If-None-Match": known.etag } : {};
  const answer = await authorized("GET", url, { headers });
  if (answer.status === 304) return known;
  note(answer.data);
  const kept = { data: answer.data, etag: answer.etag };
  answers.delete(key);
  if (answer.etag) answers.set(key, kept);
  if (answers.size > KEPT) answers.delete(answers.keys().next().value);
  return kept;
}

/** The same where only what is said matters. */
export const get = async (path, params) => (await read(path, params)).data;

/** A published read, never of a revision before one that was seen: another replica may be a moment behind. */
export async function published(path, params) {
  const data = await get(path, params);
  if (data.epoch !== seen.epoch || data.revision >= seen.revision) return data;
  return get(path, { ...params, minRevision: seen.revision });
}

/** An area's code, dated: the code alone may have passed on to another area. */
export const spell = ({ code, validFrom }) => (validFrom ? `${code}@${validFrom}` : code);

/** The area of a code at a quarter's cut-off; one that had ended by then, as it was last. */
export async function areaAt(code, quarter) {
  try {
    return await get(`/areas/${code}`, { at: quarter });
  } catch (error) {
    if (error.code !== "areaNotFound") throw error;
    return get(`/areas/${code}`);
  }
}

/** Figures over a range of quarters. A code that passed to another area within it means the one that held it at the end. */
export async function course({ area, ...params }) {
  const ask = (spelled) => published("/aggregates", { area: spelled, ...params });
  try {
    return (await ask(area)).items;
  } catch (error) {
    if (error.code !== "ambiguousArea") throw error;
    return (await ask(spell(await areaAt(area, params.to)))).items;
  }
}

/** The report of a ward as `{ data, etag }`, or nothing where there is none: its newest version, or the one that is published. */
export async function reportOf(code, quarter, version) {
  const { area, wards } = await get(`/quarters/${quarter}/progress`, { area: code }).catch((error) => {
    if (error.code === "areaNotFound") return { area: null, wards: [] };
    throw error;
  });
  const ward = wards.find((one) => one.area && one.area.id === area?.id);
  const there = version === "published" ? ward?.published : ward?.published || ward?.status;
  return there ? read(`/wards/${code}/reports/${quarter}`, { version }) : null;
}

/** Every item of a list, page by page. */
export async function list(path, params) {
  const items = [];
  let cursor;
  do {
    const page = await published(path, { ...params, limit: 200, cursor });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return items;
}

/** Writes under a precondition: `{ data, etag }`. */
export const write = (method, path, body, condition = {}) =>
  authorized(method, address(path), { body, headers: condition });

/** A file, as a blob with its name. */
export async function file(path, params) {
  const answer = await authorized("GET", address(path, params), { blob: true });
  const coded = /filename\*=UTF-8''([^;]+)/i.exec(answer.disposition ?? "")?.[1];
  return { blob: answer.data, name: coded ? decodeURIComponent(coded) : null };
}

function note(data) {
  if (typeof data?.revision !== "number" || typeof data.epoch !== "string") return;
  if (data.epoch !== seen.epoch || data.revision > seen.revision) seen = { epoch: data.epoch, revision: data.revision };
}
