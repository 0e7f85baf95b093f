// One stream of news for each browser and role, shared by its tabs: one tab holds it and tells
// the others. A tab that hears nothing takes it over; without locks each tab holds its own.

const SILENT_MS = 25000;
const LOOK_EVERY_MS = 5000;
const LOST_AFTER_MS = 2500;
const AGAIN_AFTER_MS = 1500;
const ANSWER_WITHIN_MS = 1500;

/** @typedef {import("./peer.js").SignalEvent} SignalEvent */
/**
 * @typedef {{kind: "snapshot", data: any} | {kind: "signal", id: number, data: SignalEvent}
 *   | {kind: "beat"} | {kind: "lost"} | {kind: "over"} | {kind: "ask"}} News
 */

/**
 * Follow one address of live news until closed.
 *
 * `onLost` comes once nothing could be heard for a moment, `onBack` with the next snapshot,
 * `onOver` when the server has nothing more for this browser (signed out, or no call).
 * @template Snapshot
 * @param {{url: string, onSnapshot: (snapshot: Snapshot) => void,
 *   onSignal?: (event: SignalEvent) => void, onLost?: () => void, onBack?: () => void,
 *   onOver?: () => void}} options
 * @returns {{close: () => void}}
 */
export function openLive({ url, onSnapshot, onSignal, onLost, onBack, onOver }) {
  const name = `stepline ${url}`;
  const shares = "BroadcastChannel" in window && "locks" in navigator;
  const channel = shares ? new BroadcastChannel(name) : null;
  const ending = new AbortController();
  const { signal: ended } = ending;
  let heardAt = performance.now();
  let lost = false;
  let lastSignal = 0;
  let isLeading = false;
  /** @type {Snapshot | undefined} */
  let latest;
  /** @type {EventSource | undefined} */
  let source;
  /** @type {number | undefined} */
  let losing;
  /** @type {number | undefined} */
  let again;
  /** @type {(value?: unknown) => void} */
  let hand_over = () => {};

  /** Take news in this tab. @param {News} news */
  function take(news) {
    if (ended.aborted) return;
    heardAt = performance.now();
    if (news.kind === "snapshot") {
      latest = news.data;
      if (lost) onBack?.();
      lost = false;
      onSnapshot(news.data);
    } else if (news.kind === "signal" && news.id > lastSignal) {
      lastSignal = news.id;
      onSignal?.(news.data);
    } else if (news.kind === "lost") {
      if (!lost) onLost?.();
      lost = true;
    } else if (news.kind === "over") {
      onOver?.();
    }
  }

  /** Take news in this tab and tell the others. @param {News} news */
  function tell(news) {
    channel?.postMessage(news);
    take(news);
  }

  function connect() {
    source?.close();
    window.clearTimeout(again);
    heardAt = performance.now();
    const opened = new EventSource(lastSignal ? `${url}?after=${lastSignal}` : url);
    source = opened;
    opened.addEventListener("snapshot", ({ data }) => {
      window.clearTimeout(losing);
      losing = undefined;
      tell({ kind: "snapshot", data: JSON.parse(data) });
    });
    opened.addEventListener("signal", ({ data, lastEventId }) =>
      tell({ kind: "signal", id: Number(lastEventId), data: JSON.parse(data) }),
    );
    opened.addEventListener("beat", ({ data }) => {
      tell({ kind: "beat" });
      const { stream } = JSON.parse(data);
      if (stream) void answer(stream);
    });
    opened.addEventListener("over", () => {
      opened.close();
      tell({ kind: "over" });
    });
    opened.addEventListener("error", () => {
      losing ??= window.setTimeout(() => tell({ kind: "lost" }), LOST_AFTER_MS);
      // After a refusal the browser doesn't try again by itself.
      if (opened.readyState === EventSource.CLOSED && opened === source && !ended.aborted) {
        again = window.setTimeout(connect, AGAIN_AFTER_MS);
      }
    });
  }

  /** Say that a page is really here. A beat asks for it, because timers rest in hidden tabs. @param {string} stream */
  async function answer(stream) {
    const token = document.querySelector("meta[name=csrf-token]")?.getAttribute("content") ?? "";
    const headers = { "X-CSRFToken": token, Accept: "application/json" };
    try {
      await fetch(url.replace(/live$/, "here"), { method: "POST", headers, body: new URLSearchParams({ stream }) });
    } catch {
      // The stream itself shows when the network has gone.
    }
  }

  function rest() {
    isLeading = false;
    source?.close();
    source = undefined;
    window.clearTimeout(again);
    window.clearTimeout(losing);
    losing = undefined;
  }

  /** Hold the stream for all tabs, when it is free or (stealing) at once. @param {boolean} steal */
  async function lead(steal) {
    const over = new Promise((resolve) => (hand_over = resolve));
    try {
      await navigator.locks.request(name, steal ? { steal } : { signal: ended }, async () => {
        if (ended.aborted) return;
        isLeading = true;
        connect();
        await over;
      });
    } catch {
      // Closed while waiting, or taken over by a tab that heard nothing from this one.
    }
    rest();
    if (!ended.aborted) void lead(false);
  }

  function look() {
    if (performance.now() - heardAt < SILENT_MS) return;
    if (isLeading || !shares) connect();
    else if (!document.hidden) void lead(true);
    heardAt = performance.now();
  }

  /** The page is looked at again: make sure that somebody holds a stream that works. */
  function wake() {
    if (document.hidden) return;
    if (isLeading || !shares) return look();
    const askedAt = performance.now();
    channel?.postMessage({ kind: "ask" });
    window.setTimeout(() => {
      if (!ended.aborted && !isLeading && heardAt < askedAt) void lead(true);
    }, ANSWER_WITHIN_MS);
  }

  function reconnect() {
    if (isLeading || !shares) connect();
  }

  channel?.addEventListener("message", ({ data }) => {
    if (data.kind !== "ask") take(data);
    else if (isLeading && latest) channel.postMessage({ kind: "snapshot", data: latest });
  }, { signal: ended });
  window.addEventListener("online", reconnect, { signal: ended });
  window.addEventListener("pageshow", (event) => event.persisted && reconnect(), { signal: ended });
  document.addEventListener("visibilitychange", wake, { signal: ended });
  const looking = window.setInterval(look, LOOK_EVERY_MS);
  if (shares) {
    void lead(false);
    channel?.postMessage({ kind: "ask" });
  } else {
    connect();
  }

  return {
    close() {
      ending.abort();
      hand_over();
      rest();
      window.clearInterval(looking);
      channel?.close();
    },
  };
}
