// The dashboard in a browser as its suite drives it: pages that remember what went wrong, and people who sign in.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

export const origin = process.env.DANBIET_URL ?? "http://127.0.0.1:8080";
export const password = process.env.DANBIET_DEMO_PASSWORD;
export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 360, height: 740, isMobile: true, hasTouch: true };

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Opens an address; `faults` and `left` are what the page got wrong and whom else it asked. */
export async function open(context, hash = "", viewport = DESKTOP) {
  const page = await context.newPage();
  await page.setViewport(viewport);
  page.faults = [];
  page.left = [];
  page.on("console", (message) => message.type() === "error" && page.faults.push(`${message.text()} ${message.location()?.url ?? ""}`));
  page.on("pageerror", (error) => page.faults.push(String(error.stack ?? error)));
  page.on("request", (request) => {
    if (![`${origin}/`, "data:", "blob:"].some((start) => request.url().startsWith(start))) page.left.push(request.url());
  });
  await page.evaluateOnNewDocument(() => {
    addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  await page.goto(`${origin}/${hash}`, { waitUntil: "domcontentloaded" });
  await page.waitForSelector("body[data-ready]");
  return page;
}

/** Nothing went wrong on a page but what was meant to. */
export function clean(page, ...meant) {
  const rest = page.faults.filter((fault) => !meant.some((pattern) => pattern.test(fault)));
  assert.deepEqual(rest, []);
  assert.deepEqual(page.left, []);
  page.faults.length = 0;
}

export async function signIn(page, role) {
  await page.waitForSelector("#username");
  await page.locator("#username").fill(role);
  await page.locator("#password").fill(password);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#sign-out");
  await settled(page);
}

/** Waits for something to be so. By the clock: a page in the background draws no frames that one could wait for. */
export const until = (page, so, ...given) => page.waitForFunction(so, { polling: 100 }, ...given);

/** A view has taken the place of the grey shapes. */
export async function settled(page) {
  await page.waitForSelector("main h1");
  await until(page, () => !document.querySelector("main .loading"));
}

export async function go(page, hash) {
  const before = (await page.evaluate(() => location.hash)) === hash ? null : await page.$("main h1");
  await page.evaluate((to) => {
    location.hash = to;
  }, hash);
  if (before) await until(page, (old) => !old.isConnected, before);
  await settled(page);
}

/** Another screen; a change between desktop and phone loads the page anew. */
export async function resize(page, viewport) {
  await page.setViewport(viewport);
  await page.waitForSelector("#sign-out");
  await settled(page);
}

export const text = (page, selector) => page.$eval(selector, (element) => element.innerText);

/** Waits until an element says something. */
export const says = (page, selector, pattern) =>
  until(page, (where, source) => new RegExp(source, "u").test(document.querySelector(where)?.innerText ?? ""),
    selector, pattern.source);

/** A token for asking the API what the page should show. */
export async function token(role) {
  const response = await fetch(`${origin}/api/v1/sessions`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ username: role, password }),
  });
  assert.equal(response.status, 200, "cannot sign in: is DANBIET_DEMO_PASSWORD set?");
  return (await response.json()).accessToken;
}

export async function ask(bearer, path) {
  const response = await fetch(origin + path, { headers: { authorization: `Bearer ${bearer}`, "accept-language": "vi" } });
  assert.equal(response.status, 200, path);
  return response.json();
}

/** What axe finds against a page, in both colour schemes. */
export async function accessible(page, about) {
  for (const scheme of ["light", "dark"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }, { name: "prefers-reduced-motion", value: "reduce" }]);
    const violations = await judge(page);
    assert.deepEqual(violations, [], `${about}, ${scheme}`);
  }
  await page.emulateMediaFeatures([]);
}

async function judge(page) {
  await page.evaluate(axe);
  return page.evaluate(async (tags) => {
    const { violations } = await window.axe.run(document, { runOnly: tags });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary}`).join(" | ")}`);
  }, RULES);
}

/** Nothing is wider than the screen. */
export async function fits(page, about) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(over <= 0, `${about} is ${over} px too wide`);
}
