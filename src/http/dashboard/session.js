// Who is signed in. The access token stays in memory; the refresh token is kept for this tab, so that a reload does not
// sign out. Tabs that were duplicated share one session, and a refresh token may be used once: they tell each other.
import { Problem, Unreachable, send } from "./wire.js";

const KEY = "danbiet.refresh";
const EARLY = 30_000;
const PAUSES = [500, 1_500, 4_000];
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("danbiet.session") : null;

let access = null;
let expires = 0;
let renewing = null;
let ended = () => {};

const stored = () => {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
};

function keep(pair) {
  access = pair?.accessToken ?? null;
  expires = pair ? Date.now() + pair.expiresIn * 1_000 : 0;
  try {
    if (pair) sessionStorage.setItem(KEY, pair.refreshToken);
    else sessionStorage.removeItem(KEY);
  } catch {
    // Without storage the session lasts as long as the page.
  }
}

channel?.addEventListener("message", ({ data }) => {
  if (!data || data.spent !== stored()) return;
  if (data.pair) keep(data.pair);
  else end();
});

function end() {
  keep(null);
  ended();
}

/** What to do when the session ends without being asked to. */
export function onEnd(callback) {
  ended = callback;
}

export const mayResume = () => access !== null || stored() !== null;

export async function signIn(username, password) {
  const { data } = await send("POST", "/api/v1/sessions", { body: { username, password } });
  keep(data);
}

export async function signOut() {
  const [token, spent] = [access, stored()];
  keep(null);
  channel?.postMessage({ spent, pair: null });
  try {
    if (token) await send("DELETE", "/api/v1/sessions", { token });
  } catch {
    // The session ends by itself; whoever signs out must not be kept.
  }
}

/** An access token that still lives, or nothing where the session is over. */
export async function token() {
  if (access && Date.now() < expires - EARLY) return access;
  return renew();
}

/** Called when the service refused the token: it was withdrawn, or its clock is ahead. */
export async function renewAfter(refused) {
  if (access !== refused) return token();
  access = null;
  return renew();
}

function renew() {
  renewing ??= exclusively(renewNow).finally(() => {
    renewing = null;
  });
  return renewing;
}

const exclusively = (work) => (navigator.locks ? navigator.locks.request("danbiet.renewal", work) : work());

async function renewNow() {
  const spent = stored();
  if (!spent) {
    if (access) end();
    return null;
  }
  // Another tab may have renewed while this one waited.
  if (access && Date.now() < expires - EARLY) return access;
  for (let attempt = 0; ; attempt += 1) {
    try {
      // The same token again is right: where only the answer was lost, the service forgives it.
      const { data } = await send("POST", "/api/v1/sessions/refresh", { body: { refreshToken: spent } });
      keep(data);
      channel?.postMessage({ spent, pair: data });
      return access;
    } catch (error) {
      if (error instanceof Problem && error.status < 500 && error.status !== 429) {
        end();
        return null;
      }
      if (attempt >= PAUSES.length) throw error instanceof Problem ? error : new Unreachable(error);
      await new Promise((resume) => setTimeout(resume, PAUSES[attempt]));
    }
  }
}
