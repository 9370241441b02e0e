// Labelled controls for what an entry of a report has: words, dates, closed choices. A control reads and shows one value.
import { fill, h } from "./dom.js";
import { t } from "./i18n.js";

/** A control: `{ element, name, focus(), read(), show(value), lock(editable), mark(detail) }`. */
export function control(id, { name, label, kind = "text", required, wide, options, hint }) {
  const fault = h("p", { class: "fault", id: `${id}-fault` });
  const told = hint && h("p", { class: "soft", id: `${id}-hint` }, hint);
  const described = [told?.id, fault.id].filter(Boolean).join(" ");
  const make = { text: words, long: words, date: words, choice, several }[kind];
  const { box, input, ...rest } = make({ id, kind, required, options, described, label });
  const element = h("div", { class: `field ${wide || kind === "long" ? "wide" : ""}` },
    kind === "several" ? null : h("label", { for: id }, label, required === false && h("span", { class: "soft" }, ` ${t("entry.optional")}`)), box, told, fault);
  const mark = (detail) => {
    fill(fault, detail);
    if (kind === "several") return;
    if (detail) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  return { element, name, required, input, focus: () => input.focus(), mark, ...rest };
}

function words({ id, kind, required, described }) {
  const attributes = { id, autocomplete: "off", "aria-describedby": described, "aria-required": required ? "true" : null };
  const input = kind === "long" ? h("textarea", { ...attributes, rows: "2" }) : h("input", { ...attributes, type: kind });
  return {
    box: input, input,
    read: () => input.value.trim() || null,
    show: (value) => {
      // Setting what is there already would move the caret.
      if (input.value.trim() !== (value ?? "")) input.value = value ?? "";
    },
    lock: (editable) => {
      input.readOnly = !editable;
    },
  };
}

function choice({ id, required, options, described }) {
  const input = h("select", { id, "aria-describedby": described, "aria-required": required ? "true" : null });
  const offer = (value) => {
    const known = options();
    const all = value && !known.some(([one]) => one === value) ? [...known, [value, value]] : known;
    fill(input, h("option", { value: "" }, t("entry.choose")), all.map(([one, told]) => h("option", { value: one }, told)));
    input.value = value ?? "";
  };
  return {
    box: input, input,
    read: () => input.value || null,
    show: offer,
    lock: (editable) => {
      input.disabled = !editable;
    },
  };
}

function several({ id, label, options, described }) {
  const boxes = options().map(([value, told]) => {
    const input = h("input", { type: "checkbox", id: `${id}-${value}`, value });
    return { input, element: h("label", { for: input.id }, input, told) };
  });
  const box = h("fieldset", { class: "chips", "aria-describedby": described }, h("legend", {}, label), boxes.map(({ element }) => element));
  return {
    box, input: boxes[0].input,
    read: () => boxes.filter(({ input }) => input.checked).map(({ input }) => input.value),
    show: (value) => boxes.forEach(({ input }) => {
      input.checked = (value ?? []).includes(input.value);
    }),
    lock: (editable) => boxes.forEach(({ input }) => {
      input.disabled = !editable;
    }),
  };
}

/**
 * The controls of one record that is written as a whole: an entry of a list, or a member that has members.
 * `{ element, focus(), update(editable), controls }`. What of the record has no control stays as it is; one that `waits` is
 * written only when its field is left.
 */
export function record(draft, { key, id, fields, start = {}, complete = (value) => value, waits = () => false, mayBeEmpty = false }) {
  const controls = fields.map((field) => control(`${id}-${field.name}`, { ...field, required: Boolean(field.required) }));
  const element = h("div", { class: "record" }, controls.map((one) => one.element));
  let editable = false;

  function read() {
    const next = { ...(draft.current(key) ?? start) };
    for (const { name, read: value } of controls) {
      const said = value();
      if (said === null) delete next[name];
      else next[name] = said;
    }
    return next;
  }

  function typed(soon) {
    if (!editable) return;
    const next = read();
    const said = controls.filter((one) => next[one.name]?.length > 0);
    if (mayBeEmpty && said.length === 0) return draft.put(key, null, soon);
    const missing = controls.filter((one) => one.required && !said.includes(one));
    if (missing.length === 0) return waits(next) && !soon ? draft.refuse(key, t("entry.waits")) : draft.put(key, complete(next), soon);
    const names = missing.map(({ name }) => fields.find((field) => field.name === name).label).join(", ");
    draft.refuse(key, t("entry.missing", { names }), missing.map(({ name }) => name));
  }

  element.addEventListener("input", ({ target }) => typed(target.type === "checkbox" || target.tagName === "SELECT"));
  element.addEventListener("change", () => typed(true));
  // Until it is left, what is still missing is only being typed.
  element.addEventListener("focusout", () => setTimeout(() => update(editable)));

  function update(mayEdit) {
    editable = mayEdit;
    const within = element.contains(document.activeElement);
    if (!draft.busy(key) && !within) {
      const said = draft.show(key) ?? start;
      for (const one of controls) one.show(said[one.name]);
    }
    const fault = draft.faults.get(key);
    for (const one of controls) {
      one.lock(editable);
      const about = fault?.fields.includes(one.name);
      const missing = about && one.required && !one.read()?.length;
      one.mark(!about || (missing && within) ? null : missing ? t("entry.needed") : fault.detail);
    }
  }
  return { element, controls, update, focus: () => controls[0].focus() };
}
