// GraphQL over HTTP, as the audits of graphql-http ask it: every MUST, SHOULD and MAY.
import { serverAudits } from "graphql-http";

const url = `${process.env.DANBIET_URL ?? "http://127.0.0.1:8080"}/graphql`;
const expected = 61;

const results = await Promise.all(serverAudits({ url, fetchFn: fetch }).map((audit) => audit.fn()));
const passed = results.filter((result) => result.status === "ok").length;
for (const { id, name, status, reason } of results.filter((result) => result.status !== "ok")) {
  console.log(`${status} ${id}: ${name}: ${reason}`);
}
if (results.length !== expected) {
  console.log(`there are ${results.length} audits, not ${expected}`);
}
console.log(`${passed} passed, ${results.length - passed} failed`);
process.exit(passed === results.length && results.length === expected ? 0 : 1);
