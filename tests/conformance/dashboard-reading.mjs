// What those see who only read: the town, its wards, charts and tables, in both languages, on a desktop and on a phone.
import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DESKTOP, PHONE, accessible, ask, clean, fits, go, open, origin, resize, says, settled, signIn, text, token, until } from "./dashboard-page.mjs";

const TOWN = "#/town/222/2024-Q1";
const percent = (value) => new Intl.NumberFormat("vi-VN", { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(String(value));

/** The checks, in their order; they share the viewer's page. */
export async function reading(browser, people) {
  const viewer = await token("viewer");
  return {
    async "A wrong password is told, and a link opens after signing in"() {
      const page = await open(people.viewer, "#/ward/07792/2024-Q1?indicator=satisfaction_rate");
      await accessible(page, "signing in");
      await page.locator("#username").fill("viewer");
      await page.locator("#password").fill("wrong");
      await page.keyboard.press("Enter");
      await says(page, "#sign-in-fault", /Sai tên đăng nhập hoặc mật khẩu/);
      clean(page, /401/);
      await signIn(page, "viewer");
      assert.equal(await text(page, "h1"), "Phường Quảng Minh");
      assert.match(await text(page, ".value"), /99,0%/);
      await page.reload();
      await page.waitForSelector("#sign-out");
      await settled(page);
      assert.equal(await text(page, "h1"), "Phường Quảng Minh");
      clean(page);
      people.viewer.page = page;
    },

    async "A refresh whose answer is lost is tried again and does not sign out"() {
      const { page } = people.viewer;
      let lost = 0;
      await page.setRequestInterception(true);
      const lose = async (request) => {
        if (!request.url().endsWith("/sessions/refresh") || lost > 0) return request.continue();
        lost += 1;
        const answer = await fetch(request.url(), { method: "POST", headers: request.headers(), body: request.postData() });
        assert.equal(answer.status, 200);
        return request.abort("connectionreset");
      };
      page.on("request", lose);
      await page.reload();
      await page.waitForSelector("#sign-out");
      assert.equal(lost, 1);
      page.off("request", lose);
      await page.setRequestInterception(false);
      await settled(page);
      clean(page, /ERR_CONNECTION_RESET/);
    },

    async "The town at a glance says what the API says"() {
      const { page } = people.viewer;
      await go(page, TOWN);
      const { items } = await ask(viewer, "/api/v1/aggregates?area=222&quarter=2024-Q1&indicator=online_submission_rate,satisfaction_rate,on_time_resolution_rate,dossiers_in_progress_overdue");
      const [online, satisfaction, onTime, overdue] = items;
      assert.equal(await text(page, "#online-value"), `${percent(online.value)}%`);
      assert.equal(await text(page, "#satisfaction-value"), `${percent(satisfaction.value)}%`);
      assert.equal(await text(page, "#on-time-value"), `${percent(onTime.value)}%`);
      assert.equal(await text(page, "#overdue-value"), String(overdue.value));
      const { reporting, wards } = await ask(viewer, "/api/v1/quarters/2024-Q1/progress?area=222");
      assert.equal(await text(page, "#reported"), `${reporting.reported}/${reporting.expected}`);
      assert.equal(await page.$$eval(".ticks span", (ticks) => ticks.length), wards.length);
      const body = await text(page, "main");
      for (const said of [`${satisfaction.denominator.toLocaleString("vi-VN")} người trả lời`, "phiếu khảo sát", "Quý IV/2023", "Hộ cận nghèo",
        `trên cùng ${online.change.previousQuarter.wards} đơn vị`, "Số liệu mô phỏng", "Xã Hương Mai"]) assert.ok(body.includes(said), said);
      assert.match(await text(page, "section.contested"), /Phường Quảng Minh/);
      assert.equal(await page.$$eval(".town .marks", (all) => all.filter((one) => one.innerText.includes("mâu thuẫn: 1 đơn vị")).length), 2);
      clean(page);
    },

    async "The first view weighs less than 150 KB"() {
      const page = await people.viewer.newPage();
      const network = await page.createCDPSession();
      let weight = 0;
      network.on("Network.loadingFinished", ({ encodedDataLength }) => {
        weight += encodedDataLength;
      });
      await network.send("Network.enable");
      await network.send("Network.setCacheDisabled", { cacheDisabled: true });
      await page.evaluateOnNewDocument((kept) => sessionStorage.setItem("danbiet.refresh", kept), await people.viewer.page.evaluate(() => sessionStorage.getItem("danbiet.refresh")));
      await page.goto(`${origin}/${TOWN}`, { waitUntil: "networkidle0" });
      await page.waitForSelector("#online-value");
      console.log(`      the first view weighs ${(weight / 1_000).toFixed(1)} KB`);
      assert.ok(weight > 10_000 && weight < 150_000, `${weight} bytes`);
      await page.close();
    },

    async "Wards are ranked, sorted and chosen for comparison"() {
      const { page } = people.viewer;
      await go(page, "#/wards/222/2024-Q1?indicator=online_submission_rate");
      const { items } = await ask(viewer, "/api/v1/aggregates?area=222&quarter=2024-Q1&indicator=online_submission_rate&by=ward");
      assert.equal(await page.$$eval(".bars li", (bars) => bars.length), items.length);
      const best = items.reduce((most, item) => (item.value > most.value ? item : most));
      assert.match(await text(page, ".bars li"), new RegExp(`${best.area.name}\\s+${percent(best.value)}%`));
      const first = () => text(page, "#wards-table tbody tr a");
      await page.click("#wards-table-sort-value");
      assert.equal(await first(), best.area.name);
      assert.equal(await page.$eval("th[aria-sort]", (head) => head.getAttribute("aria-sort")), "descending");
      assert.match(page.url(), /sort=-value/);
      await page.click("#wards-table-sort-value");
      assert.notEqual(await first(), best.area.name);
      for (const code of ["07798", "07795"]) await page.click(`#choose-${code}`);
      await page.click(".wards .actions .primary");
      await page.waitForSelector("#compare-table");
      assert.deepEqual(await page.$$eval(".legend li", (names) => names.map((name) => name.innerText.trim())), ["Phường Nếnh", "Phường Ninh Sơn"]);
      clean(page);
    },

    async "One area through time has its chart, its target line and a table behind it"() {
      const { page } = people.viewer;
      await go(page, "#/ward/222/2024-Q4?indicator=satisfaction_rate");
      assert.ok(await page.$(".chart svg .band"));
      const marks = await page.$$eval(".chart svg .mark", (all) => all.length);
      await page.click("#through-table > summary");
      const rows = await page.$$eval("#through-rows tbody tr", (all) => all.filter((row) => /\d%/.test(row.innerText)).length);
      assert.equal(rows, marks);
      await go(page, "#/ward/07792/2024-Q1?indicator=poverty_rate");
      const body = await text(page, "main");
      assert.match(body, /Mục tiêu 2024: 0,43%/);
      assert.match(body, /V02[\s\S]*V03/);
      const synthetic = () => page.$eval("[aria-labelledby=report]", (report) => /Số liệu mô phỏng/.test(report.innerText));
      assert.equal(await synthetic(), false);
      await go(page, "#/ward/07798/2024-Q1?indicator=poverty_rate");
      assert.equal(await synthetic(), true);
      clean(page);
    },

    async "The first quarters open, and areas whose code was another's before"() {
      const { page } = people.viewer;
      const name = async (code, quarter) => (await ask(viewer, `/api/v1/areas/${code}?at=${quarter}`)).name;
      for (const [code, quarter, wards] of [["222", "2020-Q1", "07792"], ["222", "2022-Q3", "07792,07798"], ["24", "2025-Q3", "07774,07777"]]) {
        for (const view of ["town", "ward"]) {
          await go(page, `#/${view}/${code}/${quarter}`);
          assert.equal(await text(page, "h1"), await name(code, quarter), `${view} ${code} ${quarter}`);
        }
        for (const view of ["wards", "progress"]) {
          await go(page, `#/${view}/${code}/${quarter}`);
          assert.ok((await text(page, "h1")).includes(await name(code, quarter)), `${view} ${code} ${quarter}`);
        }
        await go(page, `#/compare/${code}/${quarter}?wards=${wards}`);
        assert.equal(await page.$$eval("#compare-table tbody tr", (rows) => rows.length), wards.split(",").length, `${code} ${quarter}`);
        assert.equal(await page.$("main .state:not(.small)"), null);
      }
      // That a code is ambiguous over a range is what the service says before the page writes its date.
      clean(page, /400/);
      await go(page, "#/ward/07792/2025-Q3");
      assert.match(await text(page, "main"), /Phường Quảng Minh[\s\S]*nay là Phường Vân Hà/);
      clean(page, /404/);
    },

    async "Nonsense in an address is answered in words"() {
      const { page } = people.viewer;
      for (const [hash, said] of [["#/town/abc/2024-Q1", /mã đơn vị/], ["#/town/222/2024-Q7", /không phải quý/], ["#/nowhere", /Không có trang nào/],
        ["#/wards/222/2024-Q1?colour=blue", /tham số/], ["#/%E0%A4%A", /Không có trang nào/]]) {
        await page.evaluate((to) => {
          location.hash = to;
        }, hash);
        await says(page, "main", said);
      }
      clean(page);
      await go(page, "#/town/99999/2024-Q1");
      assert.match(await text(page, "main"), /99999/);
      await go(page, "#/town/222/2019-Q1");
      assert.match(await text(page, "main"), /2019-Q1|2020/);
      clean(page, /40[0-9]|422/);
    },

    async "English is a click away and says the same"() {
      const { page } = people.viewer;
      await go(page, TOWN);
      const before = await text(page, "#overdue-value");
      await page.click("#language");
      await until(page, () => document.documentElement.lang === "en");
      await settled(page);
      assert.match(await text(page, "main"), /Online submission[\s\S]*respondents[\s\S]*Contested figures/);
      assert.equal(await text(page, "#overdue-value"), before);
      const [vi, en] = await page.evaluate(async () => Promise.all(["vi", "en"].map(async (tag) =>
        Object.entries((await import(`/dashboard/words-${tag}.js`)).default).map(([key, sentence]) =>
          [key, ...[...sentence.matchAll(/\{(\w+)\}/g)].map(([name]) => name).sort()].join(" ")))));
      const plain = (list) => list.map((one) => one.replaceAll(/ \{(roman|index)\}/g, "")).sort();
      assert.deepEqual(plain(en), plain(vi));
      await page.click("#language");
      await until(page, () => document.documentElement.lang === "vi");
      await settled(page);
      clean(page);
    },

    async "The keyboard alone reaches what matters"() {
      const { page } = people.viewer;
      await page.reload();
      await page.waitForSelector("#sign-out");
      await settled(page);
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => document.activeElement.id), "main");
      clean(page);
    },

    async "Figures are taken away as CSV and as a workbook"() {
      const { page } = people.viewer;
      const folder = await mkdtemp(join(tmpdir(), "danbiet-"));
      const session = await browser.target().createCDPSession();
      await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder, eventsEnabled: true, browserContextId: people.viewer.id });
      const arrived = () => Promise.race([
        new Promise((resolve) => session.on("Browser.downloadProgress", ({ state }) => state === "completed" && resolve())),
        page.waitForSelector(".tools .fault").then(async () => assert.fail(await text(page, ".tools .fault"))),
      ]);
      await go(page, "#/wards/222/2024-Q1?indicator=online_submission_rate");
      for (const [index, kind] of [[0, "csv"], [1, "xlsx"]]) {
        const done = arrived();
        await (await page.$$(".tools button"))[index].click();
        await done;
        const name = (await readdir(folder)).find((file) => file.endsWith(kind));
        const bytes = await readFile(join(folder, name));
        if (kind === "xlsx") assert.equal(bytes.subarray(0, 2).toString(), "PK");
        else assert.match(bytes.toString("utf8"), /07792,Phường Quảng Minh,2024-Q1,online_submission_rate,77\.5862,45,58,counts,A,false/);
      }
      await go(page, "#/progress/222/2024-Q1");
      const done = arrived();
      await page.click(".tools button");
      await done;
      assert.match(await readFile(join(folder, "222-2024-Q1.csv"), "utf8"), /07792,Phường Quảng Minh,2024-Q1,published,true,2024-03-15,false,/);
      await rm(folder, { recursive: true });
      clean(page);
    },

    async "Without a connection the page says so, keeps what it has, and comes back"() {
      const { page } = people.viewer;
      await go(page, TOWN);
      await page.setOfflineMode(true);
      await page.waitForSelector(".banner:not([hidden])");
      assert.ok(await page.$("#online-value"));
      await page.setOfflineMode(false);
      await page.waitForSelector(".banner[hidden]");
      clean(page, /ERR_INTERNET_DISCONNECTED/);
    },

    async "Every page that is read is accessible, and fits a phone"() {
      const { page } = people.viewer;
      for (const viewport of [DESKTOP, PHONE]) {
        await resize(page, viewport);
        for (const hash of [TOWN, "#/wards/222/2024-Q1", "#/ward/07792/2024-Q1?indicator=satisfaction_rate", "#/ward/222/2024-Q4?indicator=satisfaction_rate",
          "#/compare/222/2024-Q4?wards=07759,07774,07795,07798", "#/progress/222/2024-Q1"]) {
          await go(page, hash);
          await accessible(page, `${hash}, ${viewport.width} px`);
          await fits(page, `${hash}, ${viewport.width} px`);
        }
      }
      await resize(page, DESKTOP);
      clean(page);
    },

  };
}

/** The last of all. */
export const leaving = (people) => ({
  async "Signing out ends it, here and on the service"() {
    const { page } = people.viewer;
    await resize(page, DESKTOP);
    await page.click("#sign-out");
    await page.waitForSelector("#username");
    await page.reload();
    await page.waitForSelector("#username");
    assert.equal(await page.evaluate(() => sessionStorage.getItem("danbiet.refresh")), null);
    clean(page);
  },

  async "A session that was ended elsewhere says so"() {
    const { page } = people.town_officer;
    const request = page.waitForRequest((one) => one.headers().authorization);
    await go(page, "#/wards/222/2024-Q1");
    const headers = { authorization: (await request).headers().authorization };
    assert.equal((await fetch(`${origin}/api/v1/sessions`, { method: "DELETE", headers })).status, 204);
    await page.evaluate(() => {
      location.hash = "#/town/222/2024-Q2";
    });
    await page.waitForSelector("#username");
    await says(page, "#sign-in-fault", /Phiên làm việc đã kết thúc/);
    clean(page, /40[01]/);
  },
});
