// The page's own words. What the service says comes in the same language, by Accept-Language.
import vi from "./words-vi.js";

const KEY = "danbiet.language";
const words = { vi: { ...vi } };
let current = "vi";

export const language = () => current;

/** Takes up the language that was chosen here before; Vietnamese is what nobody needs to choose. */
export async function startLanguage() {
  let chosen = "vi";
  try {
    chosen = localStorage.getItem(KEY) ?? "vi";
  } catch {
    // A browser that keeps nothing still shows everything.
  }
  await useLanguage(chosen === "en" ? "en" : "vi");
}

export async function useLanguage(tag) {
  if (!words[tag]) words[tag] = { ...(await import("./words-en.js")).default };
  current = tag;
  document.documentElement.lang = tag;
  try {
    localStorage.setItem(KEY, tag);
  } catch {
    // As above.
  }
}

/** Takes up the words that only some view needs. */
export const learn = (more) => Object.assign(words[current], more);

/** The sentence of a key, with `{name}` replaced. */
export function t(key, values = {}) {
  const sentence = words[current][key] ?? words.vi[key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** A word of the API, such as a status or a reason; the word itself where the page knows no better. */
export function word(kind, value) {
  const key = `${kind}.${value}`;
  const told = t(key);
  return told === key ? String(value) : told;
}
