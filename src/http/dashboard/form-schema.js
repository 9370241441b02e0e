// What the lists of a report hold, as its form asks for them.
import { figuresOf } from "./form-figures.js";
import { day } from "./format.js";
import { t, word } from "./i18n.js";

const SUMMARY = 160;
const options = (kind, values) => () => values.map((value) => [value, word(kind, value)]);
const joined = (...parts) => parts.filter(Boolean).join(" · ");
const short = (text) => (text?.length > SUMMARY ? `${text.slice(0, SUMMARY)}…` : text ?? "");

/** A name in the letters of a code, with a number where it is taken. */
function codeOf(name, taken) {
  const plain = name.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const base = plain.slice(0, 48).replace(/^-+|-+$/g, "") || "du-an";
  let code = base;
  for (let count = 2; taken.includes(code); count += 1) code = `${base}-${count}`;
  return code;
}

/**
 * The lists by their names: `fields` of an entry, what a new one starts from, how an entry is told in a line, and whether
 * its fields are folded behind that line. `sections` are the choices of a section.
 */
export function schema(draft, sections) {
  const section = { name: "section", kind: "choice", label: t("entry.section"), options: () => sections };
  const projects = () => draft.lists.ids("projects").map((id) => draft.current(`entry/projects/${id}`)).filter(Boolean);
  return {
    recipients: {
      fields: [{ name: "text", label: t("entry.recipient"), required: true, wide: true }],
      whole: { wrap: (text) => ({ text }), unwrap: ({ text }) => text }, told: ({ text }) => text, start: {},
    },
    issuedDocuments: {
      folded: true, start: { kind: "plan", section: "I.2" },
      told: ({ symbol, date, subject }) => joined(symbol, date && day(date), short(subject)),
      fields: [
        { name: "kind", kind: "choice", label: t("entry.kind"), required: true, options: options("documentKind", ["plan", "regulation"]) },
        { name: "symbol", label: t("entry.symbol"), required: true, hint: t("entry.symbol.hint") },
        { name: "date", kind: "date", label: t("entry.date"), required: true },
        { name: "subject", kind: "long", label: t("entry.subject"), required: true },
        { name: "unitNamed", label: t("entry.unitNamed") }, section,
      ],
    },
    projects: {
      folded: true, start: { roles: [] },
      told: ({ name, roles = [], status }) => joined(short(name), roles.map((role) => word("projectRole", role)).join(", "), status && word("projectStatus", status)),
      // Its code is made of its whole name and stays what it is, since figures refer to it.
      waits: ({ code }) => !code,
      complete: (project) => ({ ...project, code: project.code ?? codeOf(project.name, projects().map(({ code }) => code)) }),
      // A figure of a project cannot stay without it.
      parts: ({ code }) => figuresOf(draft, code),
      fields: [
        { name: "name", kind: "long", label: t("entry.name"), required: true },
        { name: "roles", kind: "several", label: t("entry.roles"), wide: true,
          options: options("projectRole", ["landConversion", "compensation", "communitySupervision", "refurbishment"]) },
        { name: "status", kind: "choice", label: t("entry.status"),
          options: options("projectStatus", ["registered", "compensationUnderway", "compensationPaid", "completed"]) },
        { name: "referencePeriod", label: t("entry.year"), hint: t("entry.year.hint") },
      ],
    },
    citedActs: {
      folded: true, start: {},
      told: ({ act, date, role, section: at }) => joined(act, date && day(date), role && word("citationRole", role), at),
      fields: [
        { name: "act", label: t("entry.act"), required: true, hint: t("entry.act.hint") },
        { name: "date", kind: "date", label: t("entry.date") },
        { name: "role", kind: "choice", label: t("entry.role"), required: true,
          options: options("citationRole", ["basis", "applied", "directive", "disseminated", "task"]) },
        { ...section, required: true },
      ],
    },
    limitations: {
      start: { section: "IV.2" }, told: ({ text }) => short(text),
      fields: [
        { name: "text", kind: "long", label: t("entry.limitation"), required: true },
        { name: "cause", kind: "long", label: t("entry.cause") },
      ],
    },
    tasks: {
      start: { section: "V" }, told: ({ text }) => short(text),
      fields: [{ name: "text", kind: "long", label: t("entry.task"), required: true }],
    },
  };
}
