// An agency's system, as libraries that are not ours make one: oauth4webapi finds the service, logs in and judges what it is
// answered; jose verifies the tokens by the published keys; figures are sent twice and kept once.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import * as jose from "jose";
import * as oauth from "oauth4webapi";

const origin = process.env.DANBIET_URL ?? "http://127.0.0.1:8080";
const { DANBIET_CLIENT_ID: id, DANBIET_CLIENT_SECRET: secret, DANBIET_DEMO_PASSWORD: password } = process.env;
const issuer = new URL(origin);
const client = { client_id: id };
const insecure = { [oauth.allowInsecureRequests]: true };

const server = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...insecure }),
);

async function grant(authentication, parameters = {}) {
  const answer = await oauth.clientCredentialsGrantRequest(server, client, authentication, parameters, insecure);
  return oauth.processClientCredentialsResponse(server, client, answer);
}

async function api(token, method, path, body, headers = {}) {
  return fetch(`${origin}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

async function administrator() {
  const answer = await fetch(`${origin}/api/v1/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "admin", password }),
  });
  assert.equal(answer.status, 200, "cannot sign in: is DANBIET_DEMO_PASSWORD set?");
  return (await answer.json()).accessToken;
}

const keys = jose.createRemoteJWKSet(new URL(server.jwks_uri));
const checks = {
  async "either way of proving itself gets a token that verifies by the published keys"() {
    for (const authentication of [oauth.ClientSecretBasic(secret), oauth.ClientSecretPost(secret)]) {
      const { access_token: token, scope } = await grant(authentication, { scope: "figures:read" });
      assert.equal(scope, "figures:read");
      const { payload, protectedHeader } = await jose.jwtVerify(token, keys, {
        issuer: server.issuer, audience: "danbiet", typ: "at+jwt", algorithms: ["EdDSA"], requiredClaims: ["exp", "iat", "jti", "sub", "client_id"],
      });
      assert.deepEqual([payload.sub, payload.client_id, payload.scope], [id, id, "figures:read"]);
      assert.ok(protectedHeader.kid);
    }
  },

  async "a resource server of theirs takes the token for one of RFC 9068"() {
    const { access_token: token } = await grant(oauth.ClientSecretBasic(secret));
    const request = new Request("https://agency.example/figures", { headers: { authorization: `Bearer ${token}` } });
    const claims = await oauth.validateJwtAccessToken(server, request, "danbiet", { ...insecure, signingAlgorithms: ["EdDSA"] });
    assert.equal(claims.client_id, id);
  },

  async "what is refused is refused in the words of the protocol"() {
    await assert.rejects(grant(oauth.ClientSecretBasic(secret), { scope: "admin" }), (thrown) =>
      thrown instanceof oauth.ResponseBodyError && thrown.error === "invalid_scope" && thrown.status === 400);
    // Every 401 has a challenge, which the library reads before the body.
    for (const authentication of [oauth.ClientSecretBasic("wrong"), oauth.ClientSecretPost("wrong")]) {
      await assert.rejects(grant(authentication), (thrown) =>
        thrown instanceof oauth.WWWAuthenticateChallengeError && thrown.status === 401 && thrown.cause[0].scheme === "basic");
    }
    const bare = await fetch(server.token_endpoint, { method: "POST", body: new URLSearchParams({ grant_type: "client_credentials" }) });
    assert.deepEqual([bare.status, (await bare.json()).error], [401, "invalid_client"]);
  },

  async "a secret is changed without a moment in which there is none"() {
    const admin = await administrator();
    const secrets = `/api/v1/clients/${id}/secrets`;
    const before = (await (await api(admin, "GET", secrets)).json()).items;
    const made = await api(admin, "POST", secrets, { overlapHours: 1 });
    assert.equal(made.status, 201);
    const next = await made.json();
    const [old, young] = [oauth.ClientSecretBasic(secret), oauth.ClientSecretBasic(next.secret)];
    const { access_token: living } = await grant(old);
    await grant(young);
    assert.equal((await api(admin, "DELETE", `${secrets}/${before[0].id}`)).status, 204);
    await assert.rejects(grant(old));
    const { access_token: token } = await grant(young);
    assert.equal((await api(token, "GET", "/api/v1/areas")).status, 200);
    assert.equal((await api(living, "GET", "/api/v1/areas")).status, 401, "what the old secret was given ends with it");
    current = young;
  },

  async "figures that are sent twice are kept once"() {
    const { access_token: token } = await grant(current, { scope: "observations:write" });
    const observations = ["dossiers_received_total", "dossiers_received_online"]
      .map((indicator, at) => ({ ward: "07792", quarter: "2024-Q2", indicator, value: 58 - at }));
    const key = { "idempotency-key": `"${randomUUID()}"` };
    const send = () => api(token, "POST", "/api/v1/observations", { observations }, key);
    const answers = await Promise.all(Array.from({ length: 10 }, send));
    const done = answers.filter(({ status }) => status === 200);
    assert.ok(done.length > 0 && answers.every(({ status }) => [200, 409].includes(status)));
    const bodies = new Set(await Promise.all(done.map((answer) => answer.text())));
    assert.deepEqual([...bodies], [JSON.stringify({ rows: 2, created: 2, updated: 0, unchanged: 0 })]);
    const again = await send();
    assert.equal(again.headers.get("idempotent-replayed"), "true");
    const kept = await (await api(token, "GET", "/api/v1/observations/pushed?ward=07792&quarter=2024-Q2")).json();
    assert.deepEqual(kept.items.map(({ value, outcome }) => [value, outcome]), [["58", "waiting"], ["57", "waiting"]]);
  },
};

let current = oauth.ClientSecretBasic(secret);
let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`passed: ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`failed: ${name}: ${error.stack}`);
  }
}
const passed = Object.keys(checks).length - failed;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
