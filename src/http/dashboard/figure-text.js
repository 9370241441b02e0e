// Figures as people type and read them: 77,5 and 77.5; 548.147.000; trên 90%.
import { exact } from "./format.js";
import { language } from "./i18n.js";

const OPERATORS = [["≥", ">="], ["≤", "<="], [">=", ">="], ["<=", "<="], [">", ">"], ["<", "<"], ["trên", ">"], ["dưới", "<"]];

/** `{ value, operator }`, both as the API takes them; nothing where no figure is typed; `{ fault: true }` for what is none. */
export function readFigure(text, unit) {
  let rest = text.trim().toLowerCase().replace(/(%|đồng|đ|vnd)$/u, "").trim();
  if (rest === "") return null;
  let operator = "=";
  const prefix = OPERATORS.find(([typed]) => rest.startsWith(typed));
  if (prefix) {
    operator = prefix[1];
    rest = rest.slice(prefix[0].length).trim();
  }
  const whole = unit === "count" || unit === "VND";
  if (whole && /^\d{1,3}([.,\s]\d{3})+$/u.test(rest)) return { value: rest.replace(/[^\d]/gu, ""), operator };
  const plain = rest.replace(/\s/gu, "").replace(",", ".");
  return /^\d+(\.\d+)?$/.test(plain) ? { value: plain, operator } : { fault: true };
}

/** A figure of the document as it is shown in its field. */
export function writeFigure({ value, operator = "=" }, unit) {
  const sign = operator === "=" ? "" : `${operator} `;
  if (unit === "count" || unit === "VND") return sign + (value.length > 4 ? exact(value) : value);
  return sign + (language() === "vi" ? value.replace(".", ",") : value);
}
