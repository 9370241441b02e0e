// Numbers, dates and quarters as people read them.
import { language, t } from "./i18n.js";

const ROMAN = ["I", "II", "III", "IV"];
const locale = () => (language() === "en" ? "en-GB" : "vi-VN");
const formats = new Map();

function format(options) {
  const key = locale() + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(locale(), options));
  return formats.get(key);
}

/** A number with a fixed count of decimals. As text, so that 77.45 is rounded as it is written and not as it is stored. */
export function number(value, decimals = 0) {
  if (value === null || value === undefined) return "–";
  return format({ minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(String(value));
}

/** A number with as many decimals as it has. */
export const exact = (value) => format({ maximumFractionDigits: 4 }).format(String(value));

/** A value of an indicator, with its decimals and its unit. */
export function value(amount, { unit, decimals }) {
  if (amount === null || amount === undefined) return "–";
  const shown = number(amount, decimals);
  if (unit === "percent") return `${shown}%`;
  if (unit === "VND") return t("unit.vnd", { value: shown });
  if (unit === "perWeek") return t("unit.perWeek", { value: shown });
  return shown;
}

/** A figure with as many decimals as its report gives it. */
export const printed = (amount, unit) => value(amount, { unit, decimals: (amount.split(".")[1] ?? "").length });

/** Above and below the line. */
export const ratio = (item) => (item?.denominator ? `${number(item.numerator)} / ${number(item.denominator)}` : "–");

/** A difference with its sign: percentage points for a rate. */
export function difference(amount, { unit, decimals }) {
  const size = number(String(amount).replace(/^-/, ""), decimals);
  const zero = !/[1-9]/.test(size);
  const sign = zero ? "±" : Number(amount) < 0 ? "−" : "+";
  const shown = sign + size;
  return unit === "percent" ? t("unit.points", { value: shown }) : shown;
}

/** A day, such as 2024-03-14. */
export function day(text) {
  if (!text) return "–";
  const date = new Date(`${text}T00:00:00Z`);
  const options = language() === "en" ? { day: "numeric", month: "short", year: "numeric" } : {};
  return new Intl.DateTimeFormat(locale(), { ...options, timeZone: "UTC" }).format(date);
}

/** An instant, in Vietnam's time. */
export function instant(text) {
  if (!text) return "–";
  const options = { dateStyle: language() === "en" ? "medium" : "short", timeStyle: "short", timeZone: "Asia/Ho_Chi_Minh" };
  return new Intl.DateTimeFormat(locale(), options).format(new Date(text));
}

/** 2024-Q1 as people call it. */
export function quarter(text) {
  const [year, index] = split(text);
  return t("quarter.long", { roman: ROMAN[index - 1], index, year });
}

/** The same for the axis of a chart. */
export function shortQuarter(text) {
  const [year, index] = split(text);
  return t("quarter.short", { roman: ROMAN[index - 1], index, year: String(year).slice(2) });
}

const split = (text) => [Number(text.slice(0, 4)), Number(text.slice(6))];

/** The quarter that many quarters later. */
export function shift(text, by) {
  const [year, index] = split(text);
  const count = year * 4 + (index - 1) + by;
  return `${Math.floor(count / 4)}-Q${(count % 4) + 1}`;
}

/** The service knows no quarter before this one. */
const FIRST = "2020-Q1";

/** So many quarters up to one of them, `{ from, to }`; fewer where there were none yet. */
export function rangeTo(quarter, count) {
  const from = shift(quarter, 1 - count);
  return { from: from < FIRST && quarter >= FIRST ? FIRST : from, to: quarter };
}
