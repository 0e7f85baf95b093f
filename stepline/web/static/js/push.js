// Web push: wakes this browser when the page isn't open. The message names an offer, nobody.

const SUBSCRIBE_WITHIN_MS = 8000;
const CALL_TAG = "ring";

/** @param {string} text base64url @returns {Uint8Array<ArrayBuffer>} */
function bytesOf(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** Hand the worker what it needs to answer for this page: the token that proves our own requests.
 * @param {ServiceWorkerRegistration} registration @param {string} token */
function introduce(registration, token) {
  const worker = registration.active ?? registration.waiting ?? registration.installing;
  worker?.postMessage({ kind: "token", token });
}

/** Register the worker. @param {string} token @returns {Promise<ServiceWorkerRegistration | null>} */
export async function registerWorker(token) {
  if (!("serviceWorker" in navigator)) return null;
  try {
    await navigator.serviceWorker.register("/volunteer/sw.js", { scope: "/volunteer/" });
    const registration = await navigator.serviceWorker.ready;
    introduce(registration, token);
    return registration;
  } catch {
    return null; // private windows refuse it; the page itself still rings
  }
}

/** Subscribe this browser and tell the server where to push. Tells whether both worked.
 * @param {ServiceWorkerRegistration | null} registration
 * @param {string} publicKey base64url
 * @param {(subscription: PushSubscriptionJSON) => Promise<boolean>} keep */
export async function subscribe(registration, publicKey, keep) {
  if (!registration || !publicKey) return false;
  const late = new Promise((resolve) => setTimeout(resolve, SUBSCRIBE_WITHIN_MS, null));
  try {
    const asked = registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: bytesOf(publicKey),
    });
    const subscription = await Promise.race([asked, late]);
    return subscription instanceof PushSubscription && (await keep(subscription.toJSON()));
  } catch {
    return false; // no push service can be reached from here
  }
}

/** Take a ring's notification away: it is answered or over. @param {ServiceWorkerRegistration | null} registration */
export async function clearNotifications(registration) {
  const shown = await registration?.getNotifications({ tag: CALL_TAG });
  for (const notification of shown ?? []) notification.close();
}
