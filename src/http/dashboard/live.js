// Keeps the page up to date while somebody looks at it: one small conditional request every few seconds.
import { Problem, SignedOut, Unreachable, read } from "./api.js";

const EVERY = 4_000;

/** Asks until told otherwise; `changed` is called for a new revision, `tick` each time, `reachable` with whether it answered. */
export function watch({ changed, tick, reachable }) {
  let known = null;
  let timer = null;
  let asking = false;

  async function ask() {
    if (asking || document.visibilityState !== "visible") return;
    asking = true;
    try {
      const { data } = await read("/quarters", { limit: 1 });
      reachable(true);
      const now = `${data.epoch}.${data.revision}`;
      if (known !== null && known !== now) await changed();
      else await tick();
      // A change that could not be shown is tried again the next time.
      known = now;
    } catch (error) {
      if (error instanceof Unreachable || (error instanceof Problem && error.status >= 500)) reachable(false);
      else if (!(error instanceof Problem || error instanceof SignedOut)) throw error;
    } finally {
      asking = false;
    }
  }

  const start = () => {
    clearInterval(timer);
    timer = setInterval(ask, EVERY);
    ask();
  };
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && start());
  addEventListener("online", start);
  addEventListener("offline", () => reachable(false));
  start();
}
