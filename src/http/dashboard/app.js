// The start: who is signed in, what the address asks for, and which view answers.
import { SignedOut, forget, get, list, revision, spell } from "./api.js";
import { fill, swap } from "./dom.js";
import { shift } from "./format.js";
import { language, startLanguage, t, useLanguage } from "./i18n.js";
import { watch } from "./live.js";
import { href, parse } from "./route.js";
import * as session from "./session.js";
import { isWard, shell } from "./shell.js";
import { failure, loading, lost, notice } from "./states.js";

const LOADERS = {
  town: () => import("./view-town.js"),
  wards: () => import("./view-wards.js"),
  ward: () => import("./view-ward.js"),
  compare: () => import("./view-compare.js"),
  progress: () => import("./view-progress.js"),
  form: () => import("./view-form.js"),
};
/** Until this has passed, the last view stays, so that nothing flickers. */
const PATIENCE = 200;

const app = document.getElementById("app");
let frame = null;
let home = null;
let shown = null;
let turn = 0;
let live = null;

/** What does not depend on the address: the account, its area, and the quarters that there are. */
async function start() {
  const account = await get("/sessions");
  const published = await list("/quarters");
  const names = published.map(({ quarter }) => quarter);
  const latest = published.find(({ publishedReports }) => publishedReports > 0)?.quarter;
  const known = latest ? await list("/quarters", { from: names.at(-1), to: shift(latest, 1) }).catch(() => published) : published;
  const quarter = latest ?? names[0] ?? null;
  // Whoever belongs to no area begins with the first town that there is.
  const own = account.area ? await get(`/areas/${spell(account.area)}`) : (await get("/areas", { kind: "town", limit: 1 })).items[0];
  const town = isWard(account) ? (own.parent ?? own) : (own ?? null);
  // An area that has ended reports no more.
  const held = known.filter(({ cutOff }) => !own?.validTo || cutOff < own.validTo).map((one) => one.quarter);
  home = { account, town, ward: isWard(account) ? account.area.code : null, quarter, known: held };
}

function context(route) {
  const quarter = route.quarter ?? home.quarter;
  const known = home.known.includes(quarter) || !quarter ? home.known : [quarter, ...home.known].sort().reverse();
  const area = ["ward", "form"].includes(route.view) ? home.town?.code : (route.area ?? home.town?.code);
  return {
    ...home, known, route, area, quarter,
    view: route.view ?? "town",
    subject: route.area ?? (route.view === "form" ? home.ward : home.town?.code),
    query: route.query, language: language(), say: frame.say, again: () => refresh(),
    go: (...parts) => {
      location.hash = href(...parts);
    },
  };
}

async function open() {
  const mine = ++turn;
  try {
    if (!session.mayResume()) return signInView();
    if (!home) await start();
    if (!frame || !app.contains(frame.root)) {
      frame = shell({ signOut: leave, speak });
      fill(app, frame.root);
      live ??= watch({ changed: onChange, tick: onTick, reachable: (yes) => frame?.reachable(yes) });
    }
    const asked = addressed();
    frame.show(asked);
    const waiting = setTimeout(() => mine === turn && fill(frame.main, loading()), shown ? PATIENCE : 0);
    try {
      const view = await viewOf(asked);
      if (mine === turn) present(view, asked, true);
    } finally {
      clearTimeout(waiting);
    }
  } catch (error) {
    if (mine !== turn) return;
    if (error instanceof SignedOut) return signInView();
    const again = () => open();
    if (frame && app.contains(frame.root)) present({ title: t("state.broken.title"), node: failure(error, again) }, null, true);
    else fill(app, failure(error, again));
  }
}

/** What the address asks for; where it makes no sense, the start with what is wrong with it. */
function addressed() {
  const route = parse(location.hash);
  return route.fault ? { ...context({ view: null, query: {} }), lost: route } : context(route);
}

async function viewOf(asked) {
  if (asked.lost) return { title: t("state.lost.title"), node: lost(asked.lost) };
  if (!asked.quarter || !asked.subject) {
    return { title: t("state.empty.title"), node: notice(t("state.empty.title"), t("state.empty.detail")) };
  }
  const { render } = await LOADERS[asked.view]();
  return render(asked);
}

function present(view, asked, moved) {
  shown?.leave?.();
  shown = { ...view, asked };
  document.title = `${view.title} · ${t("shell.name")}`;
  if (asked) frame.show(asked);
  if (!moved) return swap(frame.main, view.node);
  const first = !document.body.dataset.ready;
  fill(frame.main, view.node);
  document.body.dataset.ready = "true";
  window.scrollTo({ top: 0, behavior: "instant" });
  // Whoever listens hears where they are now; at the very first there is nothing to take them away from.
  if (!first) frame.main.focus({ preventScroll: true });
}

/** Reads the same view anew and puts it in place of the old one, as quietly as can be. */
async function refresh() {
  if (!shown?.asked) return open();
  const mine = ++turn;
  try {
    const asked = addressed();
    const view = await viewOf(asked);
    if (mine === turn) present(view, asked, false);
  } catch (error) {
    if (!(error instanceof SignedOut)) throw error;
    if (mine === turn) return signInView();
  }
}

async function onChange() {
  if (!home || !shown) return;
  await start();
  if (shown.changed) await shown.changed();
  else await refresh();
  frame.say(t("live.changed", { revision: revision() }));
}

async function onTick() {
  await shown?.tick?.();
}

async function speak(tag) {
  await useLanguage(tag);
  frame = null;
  await open();
  document.getElementById("language")?.focus();
}

async function leave() {
  // What was typed is saved while there is still somebody to save it for.
  await shown?.leave?.();
  shown = null;
  await session.signOut();
  forgetAll();
  location.hash = "#/";
  signInView();
}

function forgetAll() {
  turn += 1;
  shown?.leave?.();
  [home, frame, shown] = [null, null, null];
  forget();
}

async function signInView(ended = false) {
  const { signIn } = await import("./view-sign-in.js");
  document.title = `${t("signIn.title")} · ${t("shell.name")}`;
  const again = async (tag) => {
    await useLanguage(tag);
    signInView(ended);
  };
  fill(app, signIn({ ended, speak: again, done: open }));
  document.body.dataset.ready = "true";
  document.getElementById("username")?.focus();
}

session.onEnd(() => {
  forgetAll();
  signInView(true);
});
addEventListener("hashchange", () => session.mayResume() && open());
await startLanguage();
await open();
