// What the fields of a report are called while it is written: each has a key, and what is typed there is kept by it.

/** What a figure is, apart from its number. */
export const keyOf = (figure) =>
  [figure.indicator, figure.nature, figure.span, figure.referencePeriod ?? "", figure.project ?? ""].join("|");

/** The text of a section, and its heading; a member of the document, such as its number, has its name as its key. */
export const textKey = (outline) => `text/${outline}`;
export const headingKey = (outline) => `heading/${outline}`;

/** An entry of a list, by the id that the page gives it, and the order of the entries. */
export const entryKey = (list, id) => `entry/${list}/${id}`;
export const orderKey = (list) => `order/${list}`;

export const isFigure = (key) => key.includes("|");
const begins = (...kinds) => (key) => !isFigure(key) && kinds.includes(key.split("/")[0]);
export const isSection = begins("text", "heading");
export const isEntry = begins("entry");
export const isOrder = begins("order");
export const isMember = (key) => !isFigure(key) && !key.includes("/");

/** The list and the id that the key of an entry, or of an order, names. */
export const partsOf = (key) => key.split("/").slice(1);

/** What is said, without what the service adds; nothing for what is empty or is to go. */
export function plain(key, said) {
  if (said === null || said === undefined || said === "") return null;
  if (isFigure(key)) return said.remove ? null : [said.value, said.operator ?? "=", said.method ?? ""].join();
  if (typeof said !== "object") return said;
  // The number of an entry is its place in the list.
  return JSON.stringify(Object.entries(said).filter(([name]) => !(isEntry(key) && name === "number")).sort());
}

export const same = (key, left, right) => plain(key, left) === plain(key, right);
