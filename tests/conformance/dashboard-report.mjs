// A whole report written by hand: a ward's officer begins an empty quarter and leaves nothing out that a real report has.
import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setInterval } from "node:timers/promises";
import { DESKTOP, PHONE, accessible, ask, clean, fits, go, origin, resize, says, settled, text, token, until } from "./dashboard-page.mjs";

const QUARTER = "2024-Q3";
const REPORT = `/api/v1/wards/07792/reports/${QUARTER}`;
const FORM = `#/form/07792/${QUARTER}`;
const PROJECT = "Mở rộng đường Khả Lý Hạ";
const CODE = "mo-rong-duong-kha-ly-ha";
const figure = (indicator, rest = "actual-") => `[id^="figure-${indicator.replaceAll("_", "-")}-${rest}"]`;

let tokens = new Map();
const bearer = (role) => tokens.get(role) ?? tokens.set(role, token(role)).get(role);
const report = async () => ask(await bearer("ward_officer"), REPORT);

/** Waits until the document on the service is so, and answers it. */
async function written(so) {
  for await (const _ of setInterval(100, null, { signal: AbortSignal.timeout(30_000) })) {
    const { document } = await report();
    if (so(document)) return document;
  }
}

/** Writes past the page: `{ data, etag }`. */
async function write(method, path, body, role = "ward_officer") {
  const authorization = `Bearer ${await bearer(role)}`;
  const known = await fetch(origin + REPORT, { headers: { authorization } });
  const response = await fetch(origin + REPORT + path, { method, body: JSON.stringify(body),
    headers: { authorization, "content-type": "application/json", "if-match": known.headers.get("etag"), "accept-language": "vi" } });
  assert.equal(response.status, 200, `${method} ${path}: ${await response.clone().text()}`);
  return response.json();
}

async function type(page, selector, what) {
  await page.$eval(selector, (input) => input.scrollIntoView({ block: "center" }));
  await page.focus(selector);
  await page.$eval(selector, (input) => input.select?.());
  await page.keyboard.type(what);
}

/** Fills a field as a whole, as choosing a date does. */
const set = (page, selector, what) => page.$eval(selector, (input, value) => {
  input.focus();
  input.value = value;
  for (const name of ["input", "change"]) input.dispatchEvent(new Event(name, { bubbles: true }));
}, what);

const focused = (page) => page.evaluate(() => document.activeElement.id);

/** Adds an entry to a list and answers the beginning of the ids of its fields. */
async function add(page, list) {
  await page.click(`#list-${list}-add`);
  return `#${(await focused(page)).split("-").slice(0, 2).join("-")}`;
}

const entryOf = (page, list, said) => page.$eval(`#list-${list}`, (items, told) =>
  `#${[...items.children].find((item) => item.querySelector("summary")?.innerText.includes(told) || [...item.querySelectorAll("input, textarea")].some((one) => one.value.includes(told))).id}`, said);

export const writingAll = (people) => ({
  async "An empty quarter is begun: head, figures and bounds are typed"() {
    const { page } = people.ward_officer;
    await go(page, FORM);
    await page.waitForSelector("#begin");
    await page.click("#begin");
    await page.waitForSelector("#head-title");
    for (const [name, what] of Object.entries({ documentKind: "BÁO CÁO", title: "Kết quả thực hiện dân chủ ở cơ sở quý III năm 2024", symbol: "BC-UBND", place: "Quảng Minh" })) {
      await type(page, `#head-${name}`, what);
    }
    await set(page, "#group-window-from", "2024-06-15");
    // Half a window is not sent, and is said to be missing its end.
    await says(page, "#group-window", /còn thiếu: Đến ngày/);
    await says(page, "#saving", /Chưa lưu: 1 chỗ/);
    await set(page, "#group-window-to", "2024-09-14");
    await written(({ title, window }) => title?.endsWith("quý III năm 2024") && window?.from === "2024-06-15" && window.to === "2024-09-14");
    for (const [name, what] of [["symbol", "512-CV/ĐU"], ["issuer", "Đảng ủy phường Quảng Minh"], ["subject", "báo cáo quý III"]]) await type(page, `#group-request-${name}`, what);
    await set(page, "#group-request-date", "2024-09-10");
    await written(({ request }) => request?.symbol === "512-CV/ĐU" && request.date === "2024-09-10");
    await type(page, figure("dossiers_received_total"), "40");
    await type(page, figure("dossiers_received_online"), "32");
    await type(page, figure("online_service_dossier_rate"), "trên 90%");
    await page.keyboard.press("Tab");
    const { observations } = await written((document) => document.observations.length === 3);
    assert.deepEqual(observations.map((one) => [one.indicator, one.operator ?? "=", one.value]),
      [["dossiers_received_total", "=", "40"], ["dossiers_received_online", "=", "32"], ["online_service_dossier_rate", ">", "90"]]);
    clean(page);
  },

  async "A section is written that the report did not have, under its headings and in its place"() {
    const { page } = people.ward_officer;
    const shown = await page.$$eval(".sections h2[id^=section-]", (all) => all.map((one) => one.id));
    assert.deepEqual(shown.slice(0, 5), ["section-I", "section-I-1", "section-I-2", "section-II", "section-II-1"]);
    assert.ok(["section-II-2", "section-III-3-2", "section-IV-1", "section-V"].every((id) => shown.includes(id)));
    for (const outline of ["IV-1", "II-1-a"]) {
      await page.$eval(`#text-${outline}-fold`, (fold) => {
        fold.open = true;
      });
      await type(page, `#text-${outline}`, `Lời văn của ${outline}.`);
      await written(({ narrative }) => narrative.some(({ text: said }) => said === `Lời văn của ${outline}.`));
    }
    const { narrative } = (await report()).document;
    assert.deepEqual(narrative.map(({ outline, text: said }) => [outline, said]),
      [["II", ""], ["II.1", ""], ["II.1.a", "Lời văn của II-1-a."], ["IV", ""], ["IV.1", "Lời văn của IV-1."]]);
    assert.equal(narrative[1].heading, "Thực hiện dân chủ ở phường");
    assert.equal(narrative[2].starred, true);
    clean(page);
  },

  async "A project is added with its money, a target beside what is done, and each is taken out again"() {
    const { page } = people.ward_officer;
    const project = await add(page, "projects");
    assert.equal(await focused(page), `${project.slice(1)}-name`);
    await page.keyboard.type(PROJECT);
    await page.click(`${project}-roles-compensation`);
    await page.select(`${project}-status`, "compensationUnderway");
    await written(({ projects }) => projects[0]?.code === CODE && projects[0].status === "compensationUnderway");
    await page.click("#add-II-2-c > summary");
    await page.select("#add-II-2-c-indicator", "land_compensation_approved");
    await page.select("#add-II-2-c-kind", "actual");
    // The page may hear of the project's code after this test has.
    await page.waitForSelector(`#add-II-2-c-project option[value="${CODE}"]`);
    await page.select("#add-II-2-c-project", CODE);
    await page.click("#add-II-2-c-do");
    assert.match(await focused(page), /^figure-land-compensation-approved-actual-cumulative-/);
    await page.keyboard.type("548,15 triệu");
    await page.keyboard.press("Tab");
    const { projects } = await written(({ observations }) => observations.some((one) => one.project === CODE && one.value === "548150000"));
    assert.deepEqual(projects[0].moneyIndicators, ["land_compensation_approved"]);
    // A target needs its year, which is offered.
    await page.click("#add-II-1-e > summary");
    await page.select("#add-II-1-e-indicator", "poverty_rate");
    await page.select("#add-II-1-e-kind", "target");
    await set(page, "#add-II-1-e-period", "");
    await page.click("#add-II-1-e-do");
    await says(page, "#add-II-1-e", /cần ghi năm/);
    await set(page, "#add-II-1-e-period", "2024");
    await page.click("#add-II-1-e-do");
    await page.keyboard.type("0,4");
    await page.keyboard.press("Tab");
    await written(({ observations }) => observations.some((one) => one.nature === "target" && one.referencePeriod === "2024" && one.value === "0.4"));
    await page.click(`${figure("poverty_rate", "target-")}[id$="remove"]`);
    await written(({ observations }) => !observations.some((one) => one.nature === "target"));
    assert.equal(await focused(page), "add-II-1-e-title");
    // A project goes with its figures, and comes back with them.
    await page.click(`${project}-remove`);
    await written(({ projects: left, observations }) => left.length === 0 && !observations.some((one) => one.project));
    await says(page, project, /Đã xóa: Mở rộng đường/);
    await page.keyboard.press("Enter");
    await written(({ projects: back, observations }) => back[0]?.code === CODE && observations.some((one) => one.project === CODE));
    clean(page);
  },

  async "Documents, acts, limitations, tasks, recipients and who signs are entered, and put in order"() {
    const { page } = people.ward_officer;
    const paper = await add(page, "issuedDocuments");
    await type(page, `${paper}-symbol`, "61/KH-UBND");
    await set(page, `${paper}-date`, "2024-07-02");
    await page.focus("#saving");
    await says(page, paper, /còn thiếu: Về việc/);
    assert.equal(await page.$eval(`${paper}-subject`, (area) => area.getAttribute("aria-invalid")), "true");
    await accessible(page, "an entry that lacks something");
    await type(page, `${paper}-subject`, "tuyên truyền chuyển đổi số");
    await written(({ issuedDocuments }) => issuedDocuments[0]?.symbol === "61/KH-UBND" && issuedDocuments[0].kind === "plan");
    const act = await add(page, "citedActs");
    await type(page, `${act}-act`, "10/2022/QH15");
    await page.select(`${act}-role`, "applied");
    await page.select(`${act}-section`, "II.1.a");
    await written(({ citedActs }) => citedActs[0]?.section === "II.1.a");
    const limitation = await add(page, "limitations");
    await page.keyboard.type("Tuyên truyền chưa thường xuyên.");
    await type(page, `${limitation}-cause`, "Thiếu người.");
    for (const what of ["Một.", "Hai.", "Ba."]) {
      await add(page, "tasks");
      await page.keyboard.type(what);
    }
    for (const what of ["UBND thị xã (B/c)", "Lưu: VT"]) {
      await add(page, "recipients");
      await page.keyboard.type(what);
    }
    for (const [name, what] of [["authority", "TM. ỦY BAN NHÂN DÂN PHƯỜNG"], ["title", "CHỦ TỊCH"], ["name", "Trần Văn Hạnh"]]) await type(page, `#group-signatory-${name}`, what);
    await written(({ tasks, recipients, signatory }) => tasks.length === 3 && recipients.length === 2 && signatory?.name === "Trần Văn Hạnh");
    const third = await entryOf(page, "tasks", "Ba.");
    for (let step = 0; step < 2; step += 1) await page.click(`${third}-up`);
    assert.equal(await focused(page), `${third.slice(1)}-down`);
    const { tasks, limitations } = await written((document) => document.tasks[0].text === "Ba.");
    assert.deepEqual(tasks, [{ number: 1, text: "Ba.", section: "V" }, { number: 2, text: "Một.", section: "V" }, { number: 3, text: "Hai.", section: "V" }]);
    assert.deepEqual(limitations, [{ text: "Tuyên truyền chưa thường xuyên.", cause: "Thiếu người.", number: 1, section: "IV.2" }]);
    clean(page);
  },

  async "What came with an entry stays when another member of it is edited, and the rules speak beside it"() {
    const { page } = people.ward_officer;
    const { document } = await report();
    const kept = { kind: "plan", symbol: "58/KH-UBND", date: "2024-07-09", subject: "thu gom rác", quote: "Kế hoạch số 58/KH-UBND về thu gom rác", note: "Nhập từ tệp." };
    const mentions = [{ section: "II.2.c", role: "compensation", quote: "chi trả tiền" }];
    await write("PATCH", "", { issuedDocuments: [...document.issuedDocuments, kept], projects: [{ ...document.projects[0], note: "Đợt một.", mentions }] });
    await until(page, () => document.querySelector("#list-issuedDocuments").children.length === 2);
    const entry = await entryOf(page, "issuedDocuments", "58/KH-UBND");
    await says(page, entry, /V26/);
    await page.click(`${entry}-fold > summary`);
    await type(page, `${entry}-subject`, "thu gom rác thải nhựa");
    const project = await entryOf(page, "projects", PROJECT);
    await page.$eval(`${project}-fold`, (fold) => {
      fold.open = true;
    });
    await page.select(`${project}-status`, "compensationPaid");
    const after = await written(({ issuedDocuments, projects }) => issuedDocuments[1].subject.endsWith("nhựa") && projects[0].status === "compensationPaid");
    assert.deepEqual(after.issuedDocuments[1], { ...kept, subject: "thu gom rác thải nhựa" });
    assert.deepEqual([after.projects[0].note, after.projects[0].mentions], ["Đợt một.", mentions]);
    await set(page, `${entry}-date`, "2024-07-01");
    await until(page, (where) => !/V26/.test(document.querySelector(where).innerText), entry);
    clean(page, /412/);
  },

  async "Two who write in one list both keep what they wrote, and disagree about one entry only"() {
    const { page } = people.ward_officer;
    const other = people.ward_leader.page;
    await go(other, FORM);
    await other.waitForSelector(".form");
    const hold = (one) => one.evaluate(() => Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true }));
    await Promise.all([hold(page), hold(other)]);
    const [mine, theirs] = [await entryOf(page, "tasks", "Một."), await entryOf(other, "tasks", "Hai.")];
    await type(page, `${mine}-text`, "Một, sửa.");
    await written(({ tasks }) => tasks[1].text === "Một, sửa.");
    await type(other, `${theirs}-text`, "Hai, sửa.");
    await written(({ tasks }) => tasks[1].text === "Một, sửa." && tasks[2].text === "Hai, sửa.");
    const same = await entryOf(page, "tasks", "Ba.");
    const there = await entryOf(other, "tasks", "Ba.");
    await type(other, `${there}-text`, "Ba của lãnh đạo.");
    await written(({ tasks }) => tasks[0].text === "Ba của lãnh đạo.");
    await type(page, `${same}-text`, "Ba của cán bộ.");
    await says(page, same, /Nơi khác vừa sửa mục này thành:[^]*Ba của lãnh đạo\./);
    await accessible(page, "an entry that two wrote");
    await page.$eval(`${same} .fault button`, (keep) => keep.click());
    const { tasks } = await written((document) => document.tasks[0].text === "Ba của cán bộ.");
    assert.deepEqual(tasks.map(({ text: said }) => said), ["Ba của cán bộ.", "Một, sửa.", "Hai, sửa."]);
    for (const one of [page, other]) await one.evaluate(() => delete document.visibilityState);
    await other.evaluate(() => {
      location.hash = "#/form/07792/2024-Q2";
    });
    await settled(other);
    clean(page, /412/);
    clean(other, /412/);
  },

  async "After a reload all of it is there, readable on a phone and by those who listen"() {
    const { page } = people.ward_officer;
    await says(page, "#saving", /Đã lưu/);
    await page.reload();
    await page.waitForSelector(".form");
    const value = (selector) => page.$eval(selector, (input) => input.value);
    assert.equal(await value("#head-title"), "Kết quả thực hiện dân chủ ở cơ sở quý III năm 2024");
    assert.equal(await value("#group-request-subject"), "báo cáo quý III");
    assert.equal(await value(figure("online_service_dossier_rate")), "> 90");
    assert.equal(await value(`${figure("land_compensation_approved", "actual-cumulative-mo")}:not(button)`), "548.150.000");
    assert.equal(await value("#text-II-1-a"), "Lời văn của II-1-a.");
    assert.equal(await value("#group-signatory-name"), "Trần Văn Hạnh");
    const lists = await page.$$eval(".entries", (all) => Object.fromEntries(all.map((list) => [list.id.slice(5), list.children.length])));
    assert.deepEqual(lists, { issuedDocuments: 2, projects: 1, limitations: 1, tasks: 3, citedActs: 1, recipients: 2 });
    for (const viewport of [PHONE, DESKTOP]) {
      await resize(page, viewport);
      await page.evaluate(() => document.querySelectorAll(".sections details").forEach((fold) => {
        fold.open = true;
      }));
      await accessible(page, `the whole form, ${viewport.width} px`);
      await fits(page, `the whole form, ${viewport.width} px`);
    }
    await page.click("#language");
    await until(page, () => document.documentElement.lang === "en");
    await page.waitForSelector(".form");
    assert.match(await text(page, ".sections"), /Head of the report[^]*Documents issued in the quarter[^]*Signed by/);
    const [vi, en] = await page.evaluate(async () => Promise.all(["vi", "en"].map(async (tag) => {
      const [common, own] = await Promise.all(["words", "words-form"].map(async (name) => (await import(`/dashboard/${name}-${tag}.js`)).default));
      const twice = Object.keys(own).filter((key) => key in common);
      return [...twice, ...Object.entries(own).map(([key, said]) => [key, ...[...said.matchAll(/\{(\w+)\}/g)].map(([name]) => name).sort()].join(" "))].sort();
    })));
    assert.deepEqual(en, vi);
    assert.equal(new Set(vi).size, vi.length);
    await page.click("#language");
    await until(page, () => document.documentElement.lang === "vi");
    await settled(page);
    clean(page);
  },

  async "The sheet of the draft is taken away, and the report once it is published"() {
    const { page } = people.ward_officer;
    const folder = await mkdtemp(join(tmpdir(), "danbiet-"));
    const session = await page.browser().target().createCDPSession();
    await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder, eventsEnabled: true, browserContextId: people.ward_officer.id });
    const takeAway = async (selector) => {
      const done = new Promise((resolve) => session.on("Browser.downloadProgress", ({ state }) => state === "completed" && resolve()));
      await page.click(selector);
      await done;
      const [name] = await readdir(folder);
      assert.equal((await readFile(join(folder, name))).subarray(0, 2).toString(), "PK");
      await rm(join(folder, name));
    };
    await takeAway(".tools button");
    await write("PATCH", "", { number: "77", date: "2024-09-16" });
    for (const finding of (await report()).findings.filter((one) => one.severity === "warning")) {
      await write("PUT", `/findings/${encodeURIComponent(finding.id)}/explanation`, { text: "Theo sổ theo dõi." });
    }
    await write("POST", "/transitions", { to: "submitted" }, "ward_leader");
    for (const to of ["approved", "published"]) await write("POST", "/transitions", { to }, "town_officer");
    await says(page, "#status", /đã công bố/);
    assert.equal(await page.$eval("#head-title", (input) => input.readOnly), true);
    assert.equal(await page.$eval("#list-tasks-add", (button) => button.hidden), true);
    await accessible(page, "a published report in the form");
    await go(page, `#/ward/07792/${QUARTER}`);
    const button = await page.evaluateHandle(() => [...document.querySelectorAll(".tools button")].find((one) => /Tải báo cáo/.test(one.innerText)));
    await button.evaluate((one) => {
      one.id = "take-away";
    });
    await takeAway("#take-away");
    await rm(folder, { recursive: true });
    await resize(page, DESKTOP);
    clean(page, /412/);
  },
});
