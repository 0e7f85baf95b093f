// A coordinator may be brought into a conversation while the board is open: the board rings too.
// Answering happens on their own calls' page, which the banner leads to.

import { openLive } from "./live.js";
import { createRinger } from "./ring.js";

const banner = document.getElementById("rung");
const token = document.querySelector("meta[name=csrf-token]")?.getAttribute("content") ?? "";
const ringer = createRinger({ onSound: () => {} });
let ringingFor = "";

/** Say that it really rings, which is true only once sound runs. @param {string} offer */
async function confirm(offer) {
  const body = new FormData();
  body.append("csrfmiddlewaretoken", token);
  await fetch(`/volunteer/offers/${offer}/ringing`, { method: "POST", body }).catch(() => null);
}

/** @param {string} offer the ring that is on, or nothing */
async function ring(offer) {
  if (offer === ringingFor) return;
  ringingFor = offer;
  ringer.stop();
  banner?.toggleAttribute("hidden", !offer);
  if (offer && (await ringer.start(banner?.dataset.title ?? "")) && ringingFor === offer) {
    await confirm(offer);
  }
}

// Sound needs one press anywhere on the page first; until then the banner shows all the same.
document.addEventListener("click", () => void ringer.unlock(), { once: true });
/** @type {{close: () => void}} */
const live = openLive({
  url: "/volunteer/live",
  /** @param {{screen: string, offer: {id: string} | null}} snapshot */
  onSnapshot: (snapshot) => void ring((snapshot.screen === "offer" && snapshot.offer?.id) || ""),
  onOver: () => live.close(),
});
