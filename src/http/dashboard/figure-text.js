// Figures as people type and read them: 77,5 and 77.5; 548.147.000; trên 90%.
import { exact } from "./format.js";
import { language } from "./i18n.js";

/** Longer ones first, where one begins like another. */
const OPERATORS = [
  [">=", "≥", ">=", "ít nhất", "tối thiểu", "không dưới", "at least"], ["<=", "≤", "<=", "nhiều nhất", "tối đa", "không quá", "at most"],
  [">", ">", "trên", "hơn", "more than", "over", "above"], ["<", "<", "dưới", "less than", "under", "below"],
];
/** Of money, by how many noughts. */
const SCALES = [[/\s*(triệu|million)$/u, 6], [/\s*(tỷ|tỉ|billion)$/u, 9]];

/** `{ value, operator }`, both as the API takes them; nothing where no figure is typed; `{ fault: true }` for what is none. */
export function readFigure(text, unit) {
  let rest = text.normalize("NFC").trim().toLowerCase().replace(/(%|đồng|đ|vnd)$/u, "").trim();
  if (rest === "") return null;
  let operator = "=";
  for (const [meant, ...typed] of OPERATORS) {
    const prefix = operator === "=" && typed.find((one) => rest.startsWith(one));
    if (!prefix) continue;
    operator = meant;
    rest = rest.slice(prefix.length).trim();
  }
  const whole = unit === "count" || unit === "VND";
  if (whole && /^\d{1,3}([.,\s]\d{3})+$/u.test(rest)) return { value: rest.replace(/[^\d]/gu, ""), operator };
  const [scale, noughts] = (unit === "VND" && SCALES.find(([word]) => word.test(rest))) || [];
  if (scale) return scaled(rest.replace(scale, ""), noughts, operator);
  const plain = rest.replace(/\s/gu, "").replace(",", ".");
  return /^\d+(\.\d+)?$/.test(plain) ? { value: plain, operator } : { fault: true };
}

/** 548,15 triệu; three decimals could be thousands as well, so they are typed in full. */
function scaled(text, noughts, operator) {
  const [, whole, decimals = ""] = /^(\d+)(?:[.,](\d{1,2}|\d{4,9}))?$/.exec(text.trim()) ?? [];
  if (!whole || decimals.length > noughts) return { fault: true };
  return { value: (whole + decimals.padEnd(noughts, "0")).replace(/^0+(?=\d)/, ""), operator };
}

/** A figure of the document as it is shown in its field. */
export function writeFigure({ value, operator = "=" }, unit) {
  const sign = operator === "=" ? "" : `${operator} `;
  if (unit === "count" || unit === "VND") return sign + (value.length > 4 ? exact(value) : value);
  return sign + (language() === "vi" ? value.replace(".", ",") : value);
}
