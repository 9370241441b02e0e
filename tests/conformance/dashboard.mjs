// The dashboard as people use it. Needs a demonstration of its own, since it publishes.
import puppeteer from "puppeteer-core";
import { leaving, reading } from "./dashboard-reading.mjs";
import { writingAll } from "./dashboard-report.mjs";
import { writing } from "./dashboard-writing.mjs";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
/** Everybody has a browser profile of their own, and stays signed in. */
const people = {};
for (const role of ["viewer", "ward_officer", "ward_leader", "town_officer"]) people[role] = await browser.createBrowserContext();
const checks = { ...(await reading(browser, people)), ...writing(people), ...writingAll(people), ...leaving(people) };

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n      ${error.stack}`);
  }
}
await browser.close();
console.log(`${Object.keys(checks).length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
