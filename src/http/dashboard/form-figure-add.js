// Adding a figure to a section: a target beside what was done, a figure of a project, of another year.
import { entryKey, keyOf } from "./draft-keys.js";
import { fill, h, idOf } from "./dom.js";
import { control } from "./form-fields.js";
import { isPerProject, kindsOf, needsPeriod } from "./form-figures.js";
import { t, word } from "./i18n.js";

const LONGEST = 20;

/** `{ element, update(editable) }`; `add` is given the figure, without a number, and answers whether it is new. */
export function figureAdder(draft, { outline, indicators, year, add }) {
  const id = `add-${idOf(outline)}`;
  const own = [...indicators.values()].filter((one) => one.section === outline && one.kind !== "derived");
  const which = control(`${id}-indicator`, { label: t("add.indicator"), kind: "choice", required: true, wide: true, options: () => own.map((one) => [one.code, one.name]) });
  const kind = control(`${id}-kind`, { label: t("add.kind"), kind: "choice", required: true, options: () => kinds().map((one) => [one.kind, word("kind", one.kind)]) });
  const project = control(`${id}-project`, { label: t("add.project"), kind: "choice", options: projects });
  const period = control(`${id}-period`, { label: t("add.period"), hint: t("add.period.hint", { year }) });
  const fields = [which, kind, project, period];
  const done = h("button", { type: "button", id: `${id}-do`, onclick: finish }, t("add.do"));
  const summary = h("summary", { id: `${id}-title` }, t("add.title"));
  const element = h("details", { class: "adding", id }, summary, h("div", { class: "record" }, fields.map((one) => one.element)),
    h("p", { class: "actions" }, done));

  const indicator = () => indicators.get(which.read());
  const kinds = () => (indicator() ? kindsOf(indicator()) : []);
  const chosen = () => kinds().find((one) => one.kind === kind.read());

  function projects() {
    const all = draft.lists.ids("projects").map((one) => draft.current(entryKey("projects", one)));
    return all.filter((one) => one?.code).map(({ code, name }) => [code, name]);
  }

  /** What may be said follows from the indicator. */
  function offer() {
    const known = indicator();
    kind.show(chosen()?.kind ?? (known?.nature === "actual" ? "target" : known && "actual"));
    const money = known && isPerProject(known, indicators);
    project.element.hidden = !money;
    project.show(money ? project.read() : null);
    if (money && !project.read() && kind.read() === "target") kind.show("actual");
    fit();
  }

  function fit() {
    if (chosen() && needsPeriod(chosen()) && !period.read()) period.show(year);
  }

  function finish() {
    for (const one of fields) one.mark(null);
    const said = chosen();
    if (!indicator()) return refuse(which, t("entry.needed"));
    if (!said) return refuse(kind, t("entry.needed"));
    const when = period.read();
    if (needsPeriod(said) && !when) return refuse(period, t("add.needsPeriod"));
    if (when?.length > LONGEST) return refuse(period, t("add.longPeriod"));
    const figure = { indicator: which.read(), nature: said.nature, span: said.span, referencePeriod: when ?? undefined, project: project.read() ?? undefined };
    if (!add({ ...figure, key: keyOf(figure) })) return refuse(which, t("add.known"));
    element.open = false;
    for (const one of fields) one.show(null);
  }

  function refuse(one, detail) {
    one.mark(detail);
    one.focus();
  }

  which.input.addEventListener("change", offer);
  kind.input.addEventListener("change", fit);
  element.addEventListener("toggle", () => element.open && (which.show(which.read()), offer()));
  return {
    element,
    update: (editable) => {
      element.hidden = !editable;
      // A project has its code, and so its place among the choices, only once the service has it.
      if (element.open) offer();
    },
  };
}
