// The volunteer's service worker. Served at /volunteer/sw.js after a line that sets `words`.
// A push holds { kind: "ring", offer: <id> } or { kind: "look" }: nothing about anybody.

/** @typedef {{ring: string, ring_body: string, look: string, look_body: string}} Words in the volunteer's language, set by the server */

const sw = /** @type {ServiceWorkerGlobalScope & {words: Words}} */ (/** @type {unknown} */ (self));

const HOME = "/volunteer/";
const BOARD = "/coordinator/";
const CALL_TAG = "ring";
const KEPT = "stepline-volunteer";
const TOKEN = "/volunteer/token";
const VIBRATE_MS = [500, 100, 500, 1900, 500, 100, 500];
const OFFER = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @param {string} token */
async function keepToken(token) {
  const kept = await caches.open(KEPT);
  await kept.put(TOKEN, new Response(token));
}

async function token() {
  const kept = await caches.open(KEPT);
  return (await kept.match(TOKEN))?.text() ?? "";
}

/** @param {string} address @param {BodyInit} body */
async function post(address, body) {
  const headers = { "X-CSRFToken": await token(), Accept: "application/json" };
  return fetch(address, { method: "POST", body, headers, credentials: "same-origin" });
}

/** Read what was pushed; anything else than what we send is shown as a ring without an offer.
 * @param {PushMessageData | null} data @returns {{kind: string, offer: string | null}} */
function read(data) {
  try {
    const said = data?.json();
    if (said.kind === "look") return { kind: "look", offer: null };
    return { kind: "ring", offer: OFFER.test(said.offer) ? said.offer : null };
  } catch {
    return { kind: "ring", offer: null };
  }
}

/** Show that it rings and say so to the server; a page in front rings by itself.
 * @param {string | null} offer */
async function ring(offer) {
  const pages = await sw.clients.matchAll({ type: "window" });
  const inFront = pages.some((page) => page.visibilityState === "visible");
  // A silent notification may not ask to vibrate.
  const loud = inFront ? { silent: true } : { silent: false, renotify: true, vibrate: VIBRATE_MS };
  const how = { ...loud, body: sw.words.ring_body, tag: CALL_TAG, requireInteraction: true, data: { page: HOME } };
  await sw.registration.showNotification(sw.words.ring, /** @type {NotificationOptions} */ (how));
  // Offline the server can't be told: it counts as not reached, and the next one is rung.
  if (offer) await post(`${HOME}offers/${offer}/ringing`, "").catch(() => null);
}

/** Tell a coordinator that something waits on the board. */
async function look() {
  const how = { body: sw.words.look_body, tag: "look", data: { page: BOARD } };
  await sw.registration.showNotification(sw.words.look, how);
}

/** @param {string} address */
async function open(address) {
  const pages = await sw.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = pages.find((page) => new URL(page.url).pathname === address);
  await (there ? there.focus() : sw.clients.openWindow(address));
}

/** The push service gave this browser a new address: subscribe again and tell the server.
 * @param {PushSubscription | null} old */
async function subscribeAgain(old) {
  const key = old?.options.applicationServerKey;
  if (!key) return;
  const next = await sw.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  await post(`${HOME}push`, JSON.stringify({ ...next.toJSON(), instead_of: old.endpoint }));
}

sw.addEventListener("install", () => void sw.skipWaiting());
sw.addEventListener("activate", (event) => event.waitUntil(sw.clients.claim()));
sw.addEventListener("message", (event) => {
  if (event.data?.kind === "token") event.waitUntil(keepToken(String(event.data.token)));
});
sw.addEventListener("push", (event) => {
  const { kind, offer } = read(event.data);
  event.waitUntil(kind === "look" ? look() : ring(offer));
});
sw.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.page === BOARD ? BOARD : HOME));
});
sw.addEventListener("pushsubscriptionchange", (event) => {
  const change = /** @type {ExtendableEvent & {oldSubscription?: PushSubscription | null}} */ (event);
  change.waitUntil(subscribeAgain(change.oldSubscription ?? null));
});
