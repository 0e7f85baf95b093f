// What this page may do for its volunteer: microphone, notifications, a waking screen.

/** @typedef {"unasked" | "granted" | "refused" | "missing"} Microphone */

const ANSWER_WITHIN_MS = 60000;

/** Ask for the microphone and give it back at once: a call asks again. @returns {Promise<Microphone>} */
export async function askMicrophone() {
  if (!navigator.mediaDevices?.getUserMedia) return "missing";
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    for (const track of stream.getTracks()) track.stop();
    return "granted";
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    return name === "NotFoundError" || name === "OverconstrainedError" ? "missing" : "refused";
  }
}

/** Ask for notifications. @returns {Promise<"granted" | "refused" | "unsupported">} */
export async function askNotifications() {
  if (!("Notification" in window) || !("PushManager" in window)) return "unsupported";
  const answer = await Promise.race([
    Notification.requestPermission(),
    new Promise((resolve) => setTimeout(resolve, ANSWER_WITHIN_MS, "default")),
  ]);
  return answer === "granted" ? "granted" : "refused";
}

/** Keep the screen awake while this page is in front; take it again when it comes back. */
export function createWaker() {
  /** @type {WakeLockSentinel | null} */
  let lock = null;
  let wanted = false;

  async function take() {
    if (!wanted || lock || !("wakeLock" in navigator) || document.visibilityState !== "visible") return;
    try {
      lock = await navigator.wakeLock.request("screen");
      lock.addEventListener("release", () => {
        lock = null;
      });
    } catch {
      lock = null; // a low battery refuses it; the page says so
    }
  }

  document.addEventListener("visibilitychange", () => void take());

  return {
    /** Want the screen awake or not; tells whether it is. @param {boolean} want */
    async want(want) {
      wanted = want;
      if (want) await take();
      else await lock?.release();
      return lock !== null;
    },
    awake: () => lock !== null,
  };
}
