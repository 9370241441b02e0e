// What a view shows when it has nothing else to show: waiting, empty, refused, out of reach.
import { Problem, Unreachable } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";

/** Grey shapes in place of what is on its way. */
export const loading = () =>
  h("div", { class: "loading", role: "status" }, h("span", { class: "hidden" }, t("state.loading")),
    h("div", { class: "bone wide" }), h("div", { class: "bones" }, h("div", { class: "bone tall" }),
      h("div", { class: "bone tall" }), h("div", { class: "bone tall" })), h("div", { class: "bone" }));

/** A calm box: what is so, why, and what to do. */
export function notice(title, detail, ...actions) {
  return h("section", { class: "state" }, h("h1", {}, title), detail && h("p", {}, detail),
    actions.length > 0 && h("p", { class: "actions" }, actions));
}

/** Inside a view: there is nothing to show yet. */
export const empty = (detail, ...actions) =>
  h("div", { class: "state small" }, h("p", {}, detail), actions.length > 0 && h("p", { class: "actions" }, actions));

/** What came instead of a view. */
export function failure(error, again) {
  const retry = h("button", { type: "button", class: "primary", onclick: again }, t("state.retry"));
  if (error instanceof Unreachable) return notice(t("state.offline.title"), t("state.offline.detail"), retry);
  if (error instanceof Problem) {
    const home = h("a", { class: "button", href: "#/" }, t("state.home"));
    return notice(error.title, error.message, error.status >= 500 || error.status === 429 ? retry : home);
  }
  console.error(error);
  return notice(t("state.broken.title"), t("state.broken.detail"), retry);
}

/** An address that makes no sense. */
export function lost({ fault, text }) {
  const home = h("a", { class: "button primary", href: "#/" }, t("state.home"));
  return notice(t("state.lost.title"), t(`state.lost.${fault}`, { text: text ?? "" }), home);
}

/** A refusal in one line, for beside a button. */
export function told(error) {
  if (error instanceof Unreachable) return t("state.offline.short");
  if (error instanceof Problem) return error.message;
  console.error(error);
  return t("state.broken.title");
}

/** Runs what a button stands for; the button waits, and what went wrong is said beside it. */
function doing(button, work) {
  return async (event) => {
    event?.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    button.parentElement?.querySelector(":scope > .fault")?.remove();
    try {
      await work();
    } catch (error) {
      button.after(h("span", { class: "fault", role: "alert" }, told(error)));
    } finally {
      button.removeAttribute("aria-disabled");
    }
  };
}

/** A button with work behind it. */
export function button(label, kind, work, attributes = {}) {
  const element = h("button", { type: "button", class: kind, ...attributes }, label);
  element.addEventListener("click", doing(element, work));
  return element;
}
