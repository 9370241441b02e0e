// One request and its answer, without a memory.
import { language } from "./i18n.js";

const PATIENCE = 20_000;

/** A refusal of the service: RFC 9457. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = body.code ?? "unknown";
    this.title = body.title ?? `HTTP ${status}`;
    this.faults = body.errors ?? [];
  }
}

/** No answer came. */
export class Unreachable extends Error {
  constructor(cause) {
    super("unreachable", { cause });
  }
}

/** Sends a request and reads its answer: `{ status, etag, data }`. */
export async function send(method, path, { body, token, headers = {}, blob = false } = {}) {
  const all = { "Accept-Language": language(), ...headers };
  if (body !== undefined) all["Content-Type"] = "application/json";
  if (token) all.Authorization = `Bearer ${token}`;
  let response;
  let text;
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    response = await fetch(path, {
      method, headers: all, signal, cache: "no-store",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    text = blob && response.ok ? await response.blob() : await response.text();
  } catch (error) {
    throw new Unreachable(error);
  }
  const answer = { status: response.status, etag: response.headers.get("ETag") };
  if (response.status === 304) return { ...answer, data: null };
  if (blob && response.ok) return { ...answer, data: text, disposition: response.headers.get("Content-Disposition") };
  let data = null;
  try {
    data = text ? JSON.parse(text) : null;
  } catch {
    // Something between here and the service answered with a page of its own.
    if (response.ok) throw new Problem(502, { code: "badAnswer", title: "502" });
  }
  if (!response.ok) throw new Problem(response.status, data ?? {});
  return { ...answer, data };
}
