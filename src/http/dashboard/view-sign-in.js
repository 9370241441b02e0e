// Signing in. The address stays as it was, so that a link that somebody was sent opens afterwards.
import { Problem, Unreachable } from "./api.js";
import { fill, h } from "./dom.js";
import { language, t } from "./i18n.js";
import { signIn as enter } from "./session.js";

export function signIn({ ended, speak, done }) {
  const fault = h("p", { class: "fault", role: "alert", id: "sign-in-fault" }, ended ? t("signIn.ended") : "");
  const username = h("input", { id: "username", name: "username", autocomplete: "username", required: true,
    autocapitalize: "none", spellcheck: "false" });
  const password = h("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: true });
  const submit = h("button", { class: "primary wide" }, t("signIn.do"));

  async function go(event) {
    event.preventDefault();
    if (submit.getAttribute("aria-disabled") === "true") return;
    submit.setAttribute("aria-disabled", "true");
    fill(fault);
    try {
      await enter(username.value, password.value);
      await done();
    } catch (error) {
      if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
      fill(fault, error instanceof Problem ? error.message : t("state.offline.short"));
      username.setAttribute("aria-invalid", "true");
      password.setAttribute("aria-invalid", "true");
      password.focus();
    } finally {
      submit.removeAttribute("aria-disabled");
    }
  }

  const other = language() === "vi" ? "en" : "vi";
  return h("main", { class: "sign-in", id: "main" },
    h("div", { class: "card" },
      h("p", { class: "brand" }, h("img", { src: "/dashboard/icon.svg", alt: "", width: "36", height: "36" }), t("shell.name")),
      h("h1", {}, t("signIn.title")),
      h("p", { class: "soft" }, t("signIn.lead")),
      h("form", { onsubmit: go, "aria-describedby": "sign-in-fault" },
        h("label", { for: "username" }, t("signIn.username")), username,
        h("label", { for: "password" }, t("signIn.password")), password,
        fault, submit),
      h("p", { class: "language" }, h("button", { type: "button", class: "plain", lang: other, onclick: () => speak(other) },
        other === "en" ? "English" : "Tiếng Việt"))));
}
