// Of several tabs of a browser one is the caller's place: it alone says that the page has gone
// or is here again. When it closes, the next one takes over.

/** @typedef {import("./caller-types.js").Host} Host */

const SLOW_MS = 500;

/** @param {Host} host @param {(elsewhere: boolean) => void} onChange told whether another tab has the place */
export function makeHold(host, onChange) {
  let isHeld = false;
  let isWanted = false;
  let letGo = () => {};

  /** @param {boolean} mayBeAway */
  function begin(mayBeAway) {
    isHeld = true;
    onChange(false);
    if (mayBeAway) host.reach("/call/back");
  }

  /** @param {boolean} found whether the page was loaded into this call, so that it counts as away */
  async function queue(found) {
    const over = new Promise((resolve) => (letGo = () => resolve(undefined)));
    let waited = false;
    const waiting = setTimeout(() => onChange((waited = true)), SLOW_MS);
    await navigator.locks.request("stepline call", async () => {
      clearTimeout(waiting);
      if (!isWanted) return;
      begin(found || waited);
      await over;
    });
  }

  addEventListener("pagehide", () => isHeld && host.tell("/call/away"));

  return {
    isHeld: () => isHeld,
    /** @param {boolean} found */
    take(found) {
      if (isWanted) return;
      isWanted = true;
      if ("locks" in navigator) void queue(found);
      else begin(found);
    },
    letGo() {
      isHeld = isWanted = false;
      letGo();
    },
  };
}
