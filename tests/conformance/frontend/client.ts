// A frontend's client, made of the committed schema by GraphQL Code Generator and checked by TypeScript: urql asks, renews and
// pages; graphql-ws and graphql-sse listen.
import assert from "node:assert/strict";
import { type AnyVariables, type OperationResult, type TypedDocumentNode, Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { authExchange } from "@urql/exchange-auth";
import { persistedExchange } from "@urql/exchange-persisted";
import { print } from "graphql";
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createSocketClient } from "graphql-ws";
import WebSocket from "ws";
import {
  BeginDocument, HomeDocument, PublishedDocument, ReportChangedDocument, SignInDocument, WardsDocument, WorkingDocument,
} from "./generated/graphql.js";

const origin = process.env["DANBIET_URL"] ?? "http://127.0.0.1:8080";
const password = process.env["DANBIET_DEMO_PASSWORD"] ?? "";
const url = `${origin}/graphql`;

/** What was sent, as a fetch that counts sees it. */
const sent: { method: string; url: string; body: string }[] = [];
const counting: typeof fetch = (target, options) => {
  sent.push({ method: options?.method ?? "GET", url: String(target), body: String(options?.body ?? "") });
  return fetch(target, options);
};

const plain = new Client({ url, exchanges: [fetchExchange], preferGetMethod: false });

const tokens = new Map<string, Promise<string>>();
function token(username: string): Promise<string> {
  let known = tokens.get(username);
  if (!known) {
    known = plain.mutation(SignInDocument, { username, password }).toPromise().then(({ data, error }) => {
      assert.ok(data, `cannot sign in: is DANBIET_DEMO_PASSWORD set? ${error}`);
      return data.createSession.accessToken;
    });
    tokens.set(username, known);
  }
  return known;
}

/** A client whose token is what it is given first, and a good one once that is refused. */
function client(username: string, first?: string): Client {
  return new Client({
    url,
    fetch: counting,
    fetchSubscriptions: true,
    preferGetMethod: false,
    fetchOptions: { headers: { "accept-language": "en" } },
    exchanges: [
      authExchange(async (utilities) => {
        let access = first ?? (await token(username));
        return {
          addAuthToOperation: (operation) => utilities.appendHeaders(operation, { authorization: `Bearer ${access}` }),
          didAuthError: (error) => error.response?.status === 401,
          refreshAuth: async () => { access = await token(username); },
        };
      }),
      persistedExchange({ enforcePersistedQueries: false, enableForMutation: false, preferGetForPersistedQueries: true }),
      fetchExchange,
    ],
  });
}

async function asked<Data, Variables extends AnyVariables>(
  of: Client, document: TypedDocumentNode<Data, Variables>, variables: Variables,
): Promise<Data> {
  const result: OperationResult<Data, Variables> = await of.query(document, variables, { requestPolicy: "network-only" }).toPromise();
  assert.equal(result.error, undefined);
  assert.ok(result.data);
  return result.data;
}

function code(error: { graphQLErrors: readonly { extensions?: Record<string, unknown> }[] } | undefined): unknown {
  return error?.graphQLErrors[0]?.extensions?.["code"];
}

/** What comes, one after the other, and how to wait for it. */
function inbox<Told>() {
  const told: Told[] = [], waiting: ((value: Told) => void)[] = [];
  return {
    put(value: Told) {
      const next = waiting.shift();
      if (next) next(value); else told.push(value);
    },
    next(): Promise<Told> {
      const first = told.shift();
      if (first !== undefined) return Promise.resolve(first);
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error("nothing was told within ten seconds")), 10_000);
        waiting.push((value) => { clearTimeout(late); resolve(value); });
      });
    },
  };
}

/** Publishes one figure, as a town officer does, and answers the revision. */
let figure = 3;
async function publish(): Promise<number> {
  const file = `ward,quarter,indicator,nature,numerator,denominator,value\n07798,2024-Q2,edocs_issued,actual,,,${(figure += 1)}\n`;
  const answer = await fetch(`${origin}/api/v1/imports?mode=commit`, {
    method: "POST", headers: { "content-type": "text/csv", authorization: `Bearer ${await token("town_officer")}` }, body: file,
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return ((await answer.json()) as { revision: number }).revision;
}

const day = { area: "222", quarter: "2024-Q2" };

const checks: Record<string, () => Promise<void>> = {
  async "one typed query fills a screen"() {
    const { head, now, series, quarter, area } = await asked(client("viewer"), HomeDocument, day);
    assert.ok((head?.revision ?? 0) > 0);
    assert.equal(area?.code, "222");
    assert.equal(quarter?.reporting?.expected, 17);
    assert.deepEqual(now?.map((each) => each.indicator.code), ["satisfaction_rate", "online_submission_rate", "poverty_rate"]);
    for (const { value, numerator, denominator, indicator, basis } of now ?? []) {
      if (basis !== "counts" || value == null || numerator == null || denominator == null) continue;
      assert.ok(Math.abs(value - 100 * numerator / denominator) < 0.0001, indicator.code);
    }
    assert.equal(series?.length, 6);
  },

  async "a document is sent once, then by its hash"() {
    const reader = client("viewer"), before = sent.length;
    await asked(reader, WardsDocument, { at: "2024-Q1", first: 3 });
    await asked(reader, WardsDocument, { at: "2024-Q1", first: 4 });
    const [unknown, taught, named, ...rest] = sent.slice(before);
    assert.deepEqual([unknown?.method, taught?.method, named?.method, rest.length], ["GET", "GET", "GET", 0]);
    const holds = [unknown, taught, named].map((request) => new URL(request?.url ?? "").searchParams.has("query"));
    assert.deepEqual(holds, [false, true, false]);
  },

  async "pages follow one another to the end"() {
    const reader = client("viewer"), codes = new Set<string>();
    let after: string | null | undefined;
    for (let page = 0; page < 10; page += 1) {
      const { wards } = await asked(reader, WardsDocument, { at: "2024-Q1", first: 5, ...(after ? { after } : {}) });
      wards?.nodes.forEach((ward) => codes.add(ward.code));
      after = wards?.pageInfo.endCursor;
      if (!wards?.pageInfo.hasNextPage) {
        assert.equal(codes.size, wards?.totalCount);
        assert.equal(page, 3);
        return;
      }
    }
    assert.fail("the pages do not end");
  },

  async "what is refused of a document leaves the rest"() {
    const { data, error } = await client("viewer").query(WorkingDocument, { ward: "07792", quarter: "2024-Q1" }).toPromise();
    assert.ok((data?.head?.revision ?? 0) > 0);
    assert.equal(data?.workingReport, null);
    assert.equal(code(error), "forbidden");
  },

  async "a token that is refused is renewed and the query asked again"() {
    const before = sent.length;
    await asked(client("viewer", "worn out"), HomeDocument, day);
    assert.ok(sent.length - before >= 2);
  },

  async "urql is told of a publication by events"() {
    const told = inbox<number>();
    const { unsubscribe } = client("viewer").subscription(PublishedDocument, {}).subscribe(({ data, error }) => {
      assert.equal(error, undefined);
      told.put(data?.published.revision ?? -1);
    });
    assert.ok((await told.next()) > 0);
    assert.equal(await publish().then((revision) => told.next().then((heard) => heard - revision)), 0);
    unsubscribe();
  },

  async "urql is told over a socket of graphql-ws, and of a draft who may know of it"() {
    const socket = createSocketClient({
      url: `${origin.replace("http", "ws")}/graphql/ws`,
      webSocketImpl: WebSocket,
      connectionParams: async () => ({ Authorization: `Bearer ${await token("ward_officer")}` }),
    });
    const listener = new Client({
      url,
      preferGetMethod: false,
      exchanges: [
        subscriptionExchange({
          forwardSubscription: (request) => ({
            subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: request.query ?? "" }, sink) }),
          }),
        }),
        fetchExchange,
      ],
    });
    const told = inbox<string>(), revisions = inbox<number>();
    const changed = listener.subscription(ReportChangedDocument, { quarter: "2025-Q1" }).subscribe(({ data, error }) => {
      assert.equal(error, undefined);
      told.put(`${data?.reportChanged.area?.code} ${data?.reportChanged.quarter} ${data?.reportChanged.after}`);
    });
    const published = listener.subscription(PublishedDocument, {}).subscribe(({ data }) => revisions.put(data?.published.revision ?? -1));
    await revisions.next();
    const writer = client("ward_officer");
    const { error } = await writer.mutation(BeginDocument, { ward: "07792", quarter: "2025-Q1", document: { observations: [] } }).toPromise();
    assert.equal(error, undefined);
    assert.match(await told.next(), /^07792 2025-Q1 /);
    assert.equal(await publish().then((revision) => revisions.next().then((heard) => heard - revision)), 0);
    changed.unsubscribe();
    published.unsubscribe();
    await socket.dispose();
  },

  async "graphql-ws is refused what it may not hear, and a wrong token altogether"() {
    const connect = (access: string) => createSocketClient({
      url: `${origin.replace("http", "ws")}/graphql/ws`, webSocketImpl: WebSocket, retryAttempts: 0,
      connectionParams: { Authorization: `Bearer ${access}` },
    });
    const heard = (access: string, query: string) => {
      const socket = connect(access);
      const told: unknown[] = [];
      const over = new Promise<unknown>((resolve) => {
        socket.subscribe({ query }, { next: (value) => { told.push(value); }, error: resolve, complete: () => resolve(null) });
      });
      return over.then((error) => ({ error, told })).finally(() => socket.dispose());
    };
    const viewer = await token("viewer");
    const refused = await heard(viewer, print(ReportChangedDocument as never));
    assert.equal((refused.error as { extensions: { code: string } }[])[0]?.extensions.code, "forbidden");
    const answered = await heard(viewer, "{ head { revision } }");
    assert.deepEqual([answered.error, answered.told.length], [null, 1]);
    const closed = await heard("worn out", "{ head { revision } }");
    assert.equal((closed.error as { code: number }).code, 4403);
  },

  async "graphql-sse is told, is answered and is refused"() {
    const events = createSseClient({ url, retryAttempts: 0, headers: async () => ({ authorization: `Bearer ${await token("viewer")}` }) });
    const listening = events.iterate<{ published: { revision: number } }>({ query: print(PublishedDocument as never) });
    const first = await listening.next();
    assert.ok((first.value.data?.published.revision ?? 0) > 0);
    const revision = await publish();
    assert.equal((await listening.next()).value.data?.published.revision, revision);
    await listening.return?.();
    const one = events.iterate<{ head: { revision: number } }>({ query: "{ head { revision } }" });
    assert.equal((await one.next()).value.data?.head.revision, revision);
    assert.equal((await one.next()).done, true);
    const refused = events.iterate({ query: print(ReportChangedDocument as never) });
    assert.equal((await refused.next()).value.errors?.[0]?.extensions?.["code"], "forbidden");
    events.dispose();
  },
};

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok ${name}\n${error instanceof Error ? error.stack : error}`);
  }
}
console.log(`${Object.keys(checks).length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
