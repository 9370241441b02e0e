// The pages, in a browser: GraphiQL with its CDN and without, and the REST documentation with nothing from outside.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import puppeteer from "puppeteer-core";

const origin = process.env.DANBIET_URL ?? "http://127.0.0.1:8080";
const password = process.env.DANBIET_DEMO_PASSWORD;
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const cdn = "https://cdn.jsdelivr.net/npm/";
const blocked = () => ({ abort: true });

/** Opens a page whose requests beyond the service are answered by `outside`; remembers what went wrong on it. */
async function open(browser, path, outside) {
  const page = await browser.newPage();
  const faults = [];
  const left = [];
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(String(error)));
  await page.evaluateOnNewDocument(() => {
    addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  await page.setRequestInterception(true);
  page.on("request", async (request) => {
    const url = request.url();
    if (url.startsWith(`${origin}/`) || url.startsWith("data:") || url.startsWith("blob:")) {
      return request.continue();
    }
    left.push(url);
    const answer = await outside(url);
    if (answer.abort) {
      return request.abort("addressunreachable");
    }
    // Nothing at all is what a network gives that drops packets.
    return answer.silence ? undefined : request.respond(answer);
  });
  await page.goto(origin + path, { waitUntil: "domcontentloaded" });
  return { page, faults, left };
}

/** What the CDN would answer, from the packages that are installed here. */
async function fromPackages(url) {
  assert.ok(url.startsWith(cdn), url);
  const [, name, version, file] = /^([^@/]+)@([^/]+)\/(.+)$/.exec(url.slice(cdn.length));
  const folder = new URL(`node_modules/${name}/`, import.meta.url);
  const installed = JSON.parse(await readFile(new URL("package.json", folder), "utf8"));
  assert.equal(version, installed.version, `${name} is installed in another version than the page asks for`);
  return {
    status: 200,
    contentType: file.endsWith(".css") ? "text/css" : "text/javascript",
    headers: { "access-control-allow-origin": "*" },
    body: await readFile(new URL(file, folder)),
  };
}

async function token() {
  const response = await fetch(`${origin}/api/v1/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "viewer", password }),
  });
  assert.equal(response.status, 200, "cannot sign in: is DANBIET_DEMO_PASSWORD set?");
  return (await response.json()).accessToken;
}

/** The message of a page that could not load GraphiQL. */
async function notice(page) {
  await page.waitForSelector("#notice:not([hidden])", { timeout: 10_000 });
  const text = await page.$eval("#notice", (element) => element.innerText);
  assert.match(text, /Không tải được GraphiQL/);
  assert.match(text, /could not be loaded/);
  assert.match(text, /schema\.graphql/);
  return text;
}

/** Writes into one of GraphiQL's editors, as hands would. */
async function write(page, selector, text) {
  await page.waitForSelector(selector);
  await page.click(selector);
  await page.keyboard.down("Control");
  await page.keyboard.press("KeyA");
  await page.keyboard.up("Control");
  await page.keyboard.type(text);
  await page.keyboard.press("Escape");
  const written = await page.$eval(selector, (editor) => editor.CodeMirror.getValue());
  assert.equal(written, text);
}

const checks = {
  async "GraphiQL without its CDN says what is missing and how to go on"(browser) {
    const { page } = await open(browser, "/graphql", blocked);
    const text = await notice(page);
    for (const file of ["graphiql.min.js", "react.production.min.js", "react-dom.production.min.js"]) {
      assert.ok(text.includes(file), `${file} is not named`);
    }
    const example = await page.$eval("#example", (element) => element.textContent);
    assert.ok(example.includes(origin), example);
    const answer = execFileSync("sh", ["-c", example.replace("PASSWORD", password)], { encoding: "utf8" });
    assert.equal(typeof JSON.parse(answer).data.aggregates[0].value, "number", answer);
  },

  async "GraphiQL says so when its CDN does not answer at all"(browser) {
    await notice((await open(browser, "/graphql", () => ({ silence: true }))).page);
  },

  async "GraphiQL refuses a file that is not the one that was checked"(browser) {
    const { page } = await open(browser, "/graphql", async (url) => {
      const answer = await fromPackages(url);
      return url.endsWith("react.production.min.js") ? { ...answer, body: `${answer.body}\n` } : answer;
    });
    assert.ok((await notice(page)).includes("react.production.min.js"));
  },

  async "GraphiQL runs a query with a token, within its policy"(browser) {
    const { page, faults } = await open(browser, "/graphql", fromPackages);
    await page.waitForSelector(".graphiql-query-editor .CodeMirror", { timeout: 30_000 });
    const shown = await page.$eval(".graphiql-query-editor .CodeMirror", (editor) => editor.CodeMirror.getValue());
    assert.match(shown, /createSession[\s\S]*aggregates/);
    await write(page, "[aria-label=Headers] .graphiql-editor:not(.hidden) .CodeMirror", JSON.stringify({ Authorization: `Bearer ${await token()}` }));
    await write(page, ".graphiql-query-editor .CodeMirror", "{ head { revision } }");
    // While there are several operations, the button opens a menu of them.
    await page.waitForSelector(".graphiql-execute-button:not([aria-haspopup])");
    await page.click(".graphiql-execute-button");
    await page.waitForFunction(
      () => document.querySelector(".result-window .CodeMirror")?.CodeMirror.getValue().includes("}"),
      { timeout: 10_000 },
    );
    const text = await page.$eval(".result-window .CodeMirror", (editor) => editor.CodeMirror.getValue());
    assert.equal(typeof JSON.parse(text).data.head.revision, "number", text);
    assert.deepEqual(faults, []);
  },

  async "The REST documentation lists every operation and asks nobody else for anything"(browser) {
    const { page, faults, left } = await open(browser, "/docs", blocked);
    await page.waitForSelector(".opblock", { timeout: 30_000 });
    const shown = await page.$$eval(".opblock", (blocks) => blocks.length);
    const { paths } = await (await fetch(`${origin}/openapi.json`)).json();
    const methods = ["get", "put", "post", "delete", "patch", "head", "options", "trace"];
    const described = Object.values(paths).flatMap((path) => Object.keys(path).filter((key) => methods.includes(key)));
    assert.ok(described.length > 10);
    assert.equal(shown, described.length);
    assert.deepEqual(left, []);
    assert.deepEqual(faults, []);
  },
};

const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  // Each in a profile of its own: GraphiQL keeps what was typed.
  const profile = await browser.createBrowserContext();
  try {
    await check(profile);
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n      ${error.message}`);
  }
  await profile.close();
}
await browser.close();
console.log(`${Object.keys(checks).length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
