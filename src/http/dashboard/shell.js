// What surrounds every view: the name, where one can go, the quarter, the language, and how the connection is.
import { h, fill } from "./dom.js";
import { quarter as quarterName } from "./format.js";
import { language, t } from "./i18n.js";
import { href } from "./route.js";

/** The views that somebody is offered, in the order of the menu. */
function menu(account) {
  const all = ["town", "wards", "compare", "progress"];
  return isWard(account) ? [...all, "form"] : all;
}

export const isWard = (account) => account.role === "ward_officer" || account.role === "ward_leader";

export function shell({ signOut, speak }) {
  const nav = h("nav", { "aria-label": t("shell.menu") });
  const quarters = h("div", { class: "picker" });
  const who = h("div", { class: "who" });
  const banner = h("div", { class: "banner", role: "status", hidden: true }, t("state.offline.banner"));
  const news = h("div", { class: "news", role: "status", "aria-live": "polite" });
  const main = h("main", { id: "main", tabindex: "-1" });
  const skip = h("button", { type: "button", class: "skip", onclick: () => main.focus() }, t("shell.skip"));
  const foot = h("footer", {}, h("p", {}, t("shell.foot"), " ", h("a", { href: "/docs" }, t("shell.docs"))));
  const header = h("header", { class: "top" },
    h("div", { class: "bar" },
      h("a", { class: "brand", href: "#/" }, h("img", { src: "/dashboard/icon.svg", alt: "", width: "28", height: "28" }),
        h("span", {}, t("shell.name"))), quarters, who),
    nav);
  const root = h("div", {}, skip, header, banner, main, news, foot);

  function show(context) {
    const { account, view, subject, area, ward, quarter, known, query } = context;
    const links = menu(account).map((name) => {
      const current = view === name || (view === "ward" && name === "wards");
      const place = name === "form" ? ward : area;
      return h("a", { href: href(name, place, quarter), "aria-current": current ? "page" : null }, t(`menu.${name}`));
    });
    fill(nav, h("div", { class: "links" }, links));
    // On a phone the menu is wider than the screen.
    const here = links.find((link) => link.hasAttribute("aria-current"));
    if (here) nav.firstChild.scrollLeft = here.offsetLeft - nav.firstChild.offsetLeft - 16;
    const choose = (event) => {
      location.hash = href(view, subject, event.target.value, { ...query, open: null });
    };
    const options = known.map((name) => h("option", { value: name }, quarterName(name)));
    fill(quarters, h("label", { for: "quarter" }, t("shell.quarter")),
      h("select", { id: "quarter", value: quarter, onchange: choose }, options));
    const other = language() === "vi" ? "en" : "vi";
    fill(who,
      h("button", { type: "button", id: "language", class: "plain", lang: other, onclick: () => speak(other) },
        other === "en" ? "English" : "Tiếng Việt"),
      h("span", { class: "name" }, h("b", {}, account.displayName), h("span", {}, t(`role.${account.role}`))),
      h("button", { type: "button", id: "sign-out", class: "plain", onclick: signOut }, t("shell.signOut")));
  }

  let fading = null;
  return {
    root, main, show,
    reachable: (yes) => {
      banner.hidden = yes;
    },
    /** Says what happened, to those who look and to those who listen. */
    say: (sentence) => {
      clearTimeout(fading);
      fill(news, h("p", {}, sentence));
      fading = setTimeout(() => fill(news), 6_000);
    },
  };
}
