// Addresses. Everything that a view shows follows from its address, so that it can be sent to somebody.

const QUARTER = /^\d{4}-Q[1-4]$/;
const AREA = /^\d{2,5}(@\d{4}-\d{2}-\d{2})?$/;
const PARTS = { area: AREA, quarter: QUARTER };

/** Each view with the parts of its path and the parameters that it knows. */
const VIEWS = {
  town: { parts: ["area", "quarter"], query: [] },
  wards: { parts: ["area", "quarter"], query: ["indicator", "sort"] },
  ward: { parts: ["area", "quarter"], query: ["indicator"] },
  compare: { parts: ["area", "quarter"], query: ["indicator", "wards"] },
  progress: { parts: ["area", "quarter"], query: ["open"] },
  form: { parts: ["area", "quarter"], query: [] },
};

/**
 * What an address says: `{ view, area, quarter, query }`; a view of nothing is the start; `{ fault }` says what is wrong
 * with an address that makes no sense.
 */
export function parse(hash) {
  const [path, search = ""] = hash.replace(/^#\/?/, "").split("?");
  let parts;
  try {
    parts = path.split("/").filter(Boolean).map(decodeURIComponent);
  } catch {
    return { fault: "address" };
  }
  if (parts.length === 0) return { view: null, query: {} };
  const [view, ...given] = parts;
  const known = Object.hasOwn(VIEWS, view) ? VIEWS[view] : null;
  if (!known || given.length > known.parts.length) return { fault: "address" };
  const found = { view, query: {} };
  for (const [index, text] of given.entries()) {
    const name = known.parts[index];
    if (!PARTS[name].test(text)) return { fault: name, text };
    found[name] = text;
  }
  for (const [name, text] of new URLSearchParams(search)) {
    if (!known.query.includes(name)) return { fault: "parameter", text: name };
    found.query[name] = text;
  }
  return found;
}

/** The address of a view. */
export function href(view, area, quarter, query = {}) {
  const given = Object.entries(query).filter(([, text]) => text !== null && text !== undefined && text !== "");
  const search = new URLSearchParams(given).toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  const path = [view, area, quarter].filter(Boolean).map(encodeURIComponent).join("/").replaceAll("%40", "@");
  return `#/${path}${search ? `?${search}` : ""}`;
}

/** Changes the parameters of the address without a new entry in the history. */
export function amend(query) {
  const found = parse(location.hash);
  history.replaceState(null, "", href(found.view, found.area, found.quarter, { ...found.query, ...query }));
}
