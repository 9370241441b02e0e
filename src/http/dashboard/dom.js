// Building elements. Text is only ever set as text, so nothing that a report says can become markup.

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set(["value", "checked", "disabled", "selected", "indeterminate"]);

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (PROPERTIES.has(name)) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child);
  }
}

/** An HTML element: `h("p", { class: "soft", onclick }, "text", child, [more])`. Nothing and false are left out. */
export function h(name, attributes, ...children) {
  const element = build(document.createElement(name), attributes, children);
  // A select takes its value only once its options are there.
  if (name === "select" && attributes?.value !== undefined) element.value = attributes.value;
  return element;
}

/** An SVG element. */
export function s(name, attributes, ...children) {
  return build(document.createElementNS(SVG, name), attributes, children);
}

/** Replaces what is in an element. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/** Puts elements into a box in their order. What stands right is not touched: what one types in keeps its focus. */
export function arrange(box, wanted) {
  for (const old of [...box.children]) if (!wanted.includes(old)) old.remove();
  for (const [at, one] of wanted.entries()) if (box.children[at] !== one) box.insertBefore(one, box.children[at] ?? null);
}

/** Whether somebody is writing in one of the text areas there. What is typed is never redrawn. */
export const typing = (box) =>
  [...box.querySelectorAll("textarea")].some((area) => area === document.activeElement || area.value.trim() !== "");

/** A stable id for something that has a name. */
export const idOf = (...parts) => parts.join("-").replace(/[^A-Za-z0-9-]+/g, "-");

/** Puts a new state of a view in place of the old one; what was focused, open and scrolled stays so. */
export function swap(root, next) {
  const focused = document.activeElement?.id;
  const caret = document.activeElement?.selectionStart;
  const open = [...root.querySelectorAll("details[id][open]")].map((details) => details.id);
  const scrolled = [...root.querySelectorAll("[id].scroll")].map((box) => [box.id, box.scrollLeft]);
  const top = window.scrollY;
  const anchor = document.activeElement === document.body ? null : document.activeElement;
  const offset = anchor?.getBoundingClientRect().top;
  root.replaceChildren(next);
  for (const id of open) {
    const details = document.getElementById(id);
    if (details) details.open = true;
  }
  for (const [id, left] of scrolled) {
    const box = document.getElementById(id);
    if (box) box.scrollLeft = left;
  }
  const again = focused && document.getElementById(focused);
  if (again) {
    again.focus({ preventScroll: true });
    if (typeof caret === "number" && again.setSelectionRange) again.setSelectionRange(caret, caret);
  }
  const stays = anchor?.isConnected ? anchor : again;
  // What one works at stays where it is on the screen, whatever grows or shrinks above it.
  if (stays) window.scrollBy({ top: stays.getBoundingClientRect().top - offset, behavior: "instant" });
  else window.scrollTo({ top, behavior: "instant" });
}
