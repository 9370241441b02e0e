// A report from reopening to publication: the town's officer, the ward's officer and its leader, while others look on.
import assert from "node:assert/strict";
import { setInterval } from "node:timers/promises";
import { DESKTOP, PHONE, accessible, ask, clean, fits, go, open, resize, says, signIn, text, token, until } from "./dashboard-page.mjs";

const REPORT = "/api/v1/wards/07792/reports/2024-Q1";
const EXCHANGE = "exchange.dossiers_in_progress_overdue.dossiers_resolved_overdue";
const TOWN = "#/town/222/2024-Q1";
const FORM = "#/form/07792/2024-Q1";
const field = (indicator) => `[id^="figure-${indicator.replaceAll("_", "-")}-actual-"]`;

/** Types into a field in place of what is there. */
async function type(page, selector, what) {
  await page.$eval(selector, (input) => input.scrollIntoView({ block: "center" }));
  await page.focus(selector);
  await page.$eval(selector, (input) => input.select());
  await page.keyboard.type(what);
}

let bearer = null;
const writer = () => (bearer ??= token("ward_officer"));

/** Waits until the document on the service is so. */
async function written(so) {
  for await (const look of setInterval(100, REPORT, { signal: AbortSignal.timeout(30_000) })) {
    if (so((await ask(await writer(), look)).document)) return;
  }
}

/** Waits until the service has a figure. */
const stored = (indicator, value) =>
  written(({ observations }) => observations.find((one) => one.indicator === indicator)?.value === value);

const ending = (document, outline) => document.narrative.find((one) => one.outline === outline).text.slice(-12);
const textArea = (outline) => `#text-${outline.replaceAll(".", "-")}`;

/** Types at the end of the text of a section. */
async function append(page, outline, what) {
  await page.$eval(textArea(outline), (area) => {
    area.closest("details").open = true;
    area.scrollIntoView({ block: "center" });
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  });
  await page.keyboard.type(what);
}

/** Keeps a page from looking whether others wrote: nobody looks at it. */
const hold = (page) => page.evaluate(() => Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true }));
const release = (page) => page.evaluate(() => delete document.visibilityState);

/** The checks, in their order: each goes on where the one before it ended. */
export const writing = (people) => ({
  async "The town's officer reopens the report, and must say why"() {
    const page = await open(people.town_officer, "#/progress/222/2024-Q1");
    people.town_officer.page = page;
    await signIn(page, "town_officer");
    await page.click("#open-07792");
    await page.waitForSelector("#why-reopen");
    await page.click("#why-reopen > summary");
    await page.click("#step-reopen");
    await says(page, "#why-reopen", /Hãy ghi lý do/);
    await accessible(page, "the officer's desk");
    await page.locator("#reason-reopen").fill("Đối chiếu lại số hồ sơ quá hạn.");
    await page.click("#step-reopen");
    await says(page, "#progress-table", /đang soạn/);
    await page.waitForSelector("#desk .pill.draft");
    clean(page);
  },

  async "The ward's officer finds the exchanged figures in the form"() {
    const page = await open(people.ward_officer, FORM);
    people.ward_officer.page = page;
    await signIn(page, "ward_officer");
    assert.match(await text(page, ".side"), /Đối chiếu lại số hồ sơ quá hạn/);
    assert.equal(await page.$eval(field("dossiers_resolved_overdue"), (input) => input.value), "13");
    assert.equal(await page.$eval(field("dossiers_in_progress_overdue"), (input) => input.value), "6");
    for (const [indicator, rule] of [["dossiers_resolved_overdue", "V02"], ["dossiers_in_progress_overdue", "V03"]]) {
      const row = await page.$eval(field(indicator), (input) => [input.closest(".row").className, input.closest(".row").innerText]);
      assert.match(row[0], /error/);
      assert.ok(row[1].includes(rule), row[1]);
    }
    assert.equal(await page.$$eval(".repair", (all) => all.length), 2);
    for (const viewport of [PHONE, DESKTOP]) {
      await resize(page, viewport);
      await accessible(page, `the form, ${viewport.width} px`);
      await fits(page, `the form, ${viewport.width} px`);
    }
    clean(page);
  },

  async "What is typed is saved by itself, and what is no number is told"() {
    const { page } = people.ward_officer;
    const news = field("broadcast_news_items");
    await type(page, news, "31");
    await says(page, "#saving", /Đã lưu/);
    await stored("broadcast_news_items", "31");
    await type(page, news, "nhiều");
    await page.keyboard.press("Tab");
    await page.waitForSelector(`.row.error ${news}`);
    await type(page, news, "28,5");
    await page.keyboard.press("Tab");
    await until(page, (selector) => /28\.5/.test(document.querySelector(selector).closest(".row").innerText), news);
    await stored("broadcast_news_items", "31");
    await type(page, news, "28");
    await page.keyboard.press("Tab");
    await stored("broadcast_news_items", "28");
    await until(page, (selector) => !document.querySelector(selector).closest(".row").className.includes("error"), news);
    clean(page, /422/);
  },

  async "Two who write at once lose nothing, and decide where they disagree"() {
    const { page } = people.ward_officer;
    const other = await open(people.ward_leader, FORM);
    people.ward_leader.page = other;
    await signIn(other, "ward_leader");
    // Each holds back its looking around, so that both are surely behind.
    const [visits, matters] = [field("citizen_reception_visitors"), field("citizen_reception_matters")];
    await hold(other);
    await type(page, visits, "5");
    await page.keyboard.press("Tab");
    await stored("citizen_reception_visitors", "5");
    await type(other, matters, "2");
    await other.keyboard.press("Tab");
    await stored("citizen_reception_matters", "2");
    assert.equal(await document(), "5/2");
    await until(page, (selector) => document.querySelector(selector).value === "2", matters);
    await type(page, visits, "4");
    await page.keyboard.press("Tab");
    await stored("citizen_reception_visitors", "4");
    await type(other, visits, "6");
    await other.keyboard.press("Tab");
    await until(other, (selector) => /Nơi khác vừa ghi 4; bạn ghi 6/.test(document.querySelector(selector).closest(".row").innerText), visits);
    assert.equal(await document(), "4/2");
    await other.evaluate((selector) => document.querySelector(selector).closest(".row").querySelectorAll(".fault button")[1].click(), visits);
    await until(other, (selector) => document.querySelector(selector).value === "4", visits);
    await type(other, matters, "1");
    await other.keyboard.press("Tab");
    await stored("citizen_reception_matters", "1");
    await release(other);
    clean(page);
    clean(other, /412/);

    async function document() {
      const report = await ask(await writer(), REPORT);
      const value = (code) => report.document.observations.find((one) => one.indicator === code).value;
      return `${value("citizen_reception_visitors")}/${value("citizen_reception_matters")}`;
    }
  },

  async "The texts of two who write at once are both kept, and a disagreement is put to them"() {
    const { page } = people.ward_officer;
    const other = people.ward_leader.page;
    const ends = (outline, what) => written((document) => ending(document, outline).endsWith(what));
    await hold(other);
    await append(page, "II.1.c", " Một.");
    await ends("II.1.c", " Một.");
    await append(other, "II.1.d", " Hai.");
    await ends("II.1.d", " Hai.");
    await ends("II.1.c", " Một.");
    await until(page, (selector) => document.querySelector(selector).value.endsWith(" Hai."), textArea("II.1.d"));
    // The other goes on from what it shows, which is no longer what is there.
    await append(other, "II.1.c", "");
    await append(page, "II.1.c", " Ba.");
    await ends("II.1.c", " Một. Ba.");
    await other.keyboard.type(" Bốn.");
    await says(other, `${textArea("II.1.c")}-notes`, /Nơi khác vừa sửa lời văn này[^]*Một\. Ba\./);
    await says(other, "#saving", /Chưa lưu: 1 chỗ/);
    await accessible(other, "a text that two wrote");
    await ends("II.1.c", " Một. Ba.");
    await other.$eval(`${textArea("II.1.c")}-notes`, (notes) => notes.querySelector("button").click());
    await ends("II.1.c", " Một. Bốn.");
    await release(other);
    await page.keyboard.press("Tab");
    await until(page, (selector) => document.querySelector(selector).value.endsWith(" Một. Bốn."), textArea("II.1.c"));
    clean(page, /412/);
    clean(other, /412/);
  },

  async "Of what is sent together only what is refused is not saved"() {
    const { page } = people.ward_officer;
    const news = field("broadcast_news_items");
    await page.evaluate((...typed) => {
      for (const [selector, what] of typed) {
        const input = document.querySelector(selector);
        input.value = what;
        input.dispatchEvent(new Event("input"));
      }
    }, [news, "28,5"], ["#register-number", "44"], [textArea("II.1.d"), "Không có."]);
    await written(({ number, narrative }) => number === "44" && narrative.find(({ outline }) => outline === "II.1.d").text === "Không có.");
    await until(page, (selector) => /28\.5/.test(document.querySelector(selector).closest(".row").innerText), news);
    await type(page, news, "28");
    await page.keyboard.press("Tab");
    await until(page, (selector) => !document.querySelector(selector).closest(".row").className.includes("error"), news);
    // The other may have written in between; the refusal is of the figure.
    clean(page, /412|422/);
  },

  async "An explanation that is being written outlives what others write"() {
    const { page } = people.ward_officer;
    const other = people.ward_leader.page;
    await release(other);
    const ids = await other.$$eval(".explain textarea", (all) => all.map((one) => {
      one.value = `Đang viết ${one.id}.`;
      return one.id;
    }));
    await other.focus("#saving");
    const news = field("broadcast_news_items");
    for (const value of ["30", "28"]) {
      await type(page, news, value);
      await page.keyboard.press("Tab");
      await until(other, (selector, typed) => document.querySelector(selector).value === typed, news, value);
    }
    assert.ok(ids.length > 1);
    for (const id of ids) assert.equal(await other.$eval(`[id="${id}"]`, (area) => area.value), `Đang viết ${id}.`);
    await other.reload();
    await other.waitForSelector(".form");
    clean(page);
    clean(other);
  },

  async "The repair is accepted with a click, and the figures agree"() {
    const { page } = people.ward_officer;
    await page.click(`[data-repair="${EXCHANGE}"]`);
    await until(page, (selector) => document.querySelector(selector).value === "6", field("dossiers_resolved_overdue"));
    assert.equal(await page.$eval(field("dossiers_in_progress_overdue"), (input) => input.value), "13");
    assert.equal(await page.$eval(field("overdue_resolution_rate"), (input) => input.value), "31,6");
    assert.equal(await page.$$eval(".row.error", (all) => all.length), 0);
    assert.equal(await page.$(".repair"), null);
    // The leader may have written since this page looked last; the decision is the same.
    clean(page, /412/);
  },

  async "Every warning is explained or mended, and only then may the leader submit"() {
    const { page } = people.ward_officer;
    const leader = people.ward_leader.page;
    await until(leader, () => document.querySelector("#step-submit")?.getAttribute("aria-disabled") === "true");
    await page.locator("#register-number").fill("45");
    await page.keyboard.press("Tab");
    await page.locator("#register-date").fill("2024-03-15");
    await page.keyboard.press("Tab");
    await until(page, () => ![...document.querySelectorAll(".todo")].some((list) => /số văn bản|ngày ban hành/.test(list.innerText)));
    for (let left = await open(); left.length > 0; left = await open()) {
      await page.locator(`[id="${left[0]}"]`).fill("Theo sổ theo dõi của phường.");
      await page.click(`[id="${left[0]}-save"]`);
      await until(page, (id) => !document.getElementById(id), left[0]);
    }
    await until(leader, () => document.querySelector("#step-submit")?.getAttribute("aria-disabled") === null);
    await accessible(leader, "the leader's form");
    await leader.click("#step-submit");
    await leader.waitForSelector("#step-withdraw");
    await says(leader, "#status", /đã trình/);
    await leader.click("#step-withdraw");
    await says(leader, "#status", /đang soạn/);
    await leader.click("#step-submit");
    await says(leader, "#status", /đã trình/);
    await says(page, "#status", /đã trình/);
    assert.equal(await page.$eval(field("edocs_issued"), (input) => input.readOnly), true);
    clean(page);
    clean(leader);

    function open() {
      return page.$$eval(".explain textarea", (all) => all.map((one) => one.id));
    }
  },

  async "The town approves and publishes, and the dashboards of others change without reloading"() {
    const { page } = people.town_officer;
    const desk = people.viewer.page;
    await go(desk, TOWN);
    await resize(desk, PHONE);
    assert.equal(await text(desk, "#overdue-value"), "34");
    await desk.evaluate(() => {
      window.untouched = true;
    });
    await says(page, "#desk", /đã trình/);
    // A reason that is being written stays, whatever the ward does meanwhile.
    const leader = people.ward_leader.page;
    const asked = () => page.waitForResponse((response) => response.url().endsWith("/quarters?limit=1"));
    await page.click("#why-return > summary");
    await page.type("#reason-return", "Đang viết");
    await leader.click("#step-withdraw");
    await says(leader, "#status", /đang soạn/);
    await asked();
    await asked();
    assert.equal(await page.$eval("#reason-return", (reason) => reason.value), "Đang viết");
    await page.$eval("#reason-return", (reason) => {
      reason.value = "";
      reason.blur();
    });
    await says(page, "#progress-table", /đang soạn/);
    await leader.click("#step-submit");
    await says(page, "#desk", /đã trình/);
    await page.click("#step-approve");
    await says(page, "#desk", /đã duyệt/);
    await page.waitForSelector("#step-publish");
    await page.click("#publish-all");
    await says(page, "#desk", /đã công bố/);
    await says(desk, "#overdue-value", /^41$/);
    assert.equal(await desk.$("section.contested"), null);
    assert.match(await text(desk, ".news"), /vừa được cập nhật/);
    assert.equal(await desk.evaluate(() => window.untouched), true);
    await fits(desk, "the town on a phone");
    clean(desk);
    clean(page);
  },

  async "A new quarter is begun, and last quarter's stocks are offered"() {
    const { page } = people.ward_officer;
    await go(page, "#/form");
    await page.select("#quarter", "2024-Q2");
    // The quarter before could be begun as well.
    await says(page, "main", /Quý II\/2024/);
    await page.waitForSelector("#begin");
    assert.equal(await page.evaluate(() => location.hash), "#/form/07792/2024-Q2");
    await page.click("#begin");
    await page.waitForSelector("#offers > summary");
    await page.click("#offers > summary");
    await page.click("#offer-residential_groups_total");
    await until(page, (selector) => document.querySelector(selector).value === "5", field("residential_groups_total"));
    await says(page, "#saving", /Đã lưu/);
    await accessible(page, "a new form");
    clean(page);
  },

});
