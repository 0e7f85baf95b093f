// Tells a coordinator, by web push, that something waits on the board when its page is closed.

import { subscribe } from "./push.js";

const box = document.getElementById("tell");
const token = document.querySelector("meta[name=csrf-token]")?.getAttribute("content") ?? "";

/** @param {string} outcome yes, refused or failed */
function say(outcome) {
  for (const words of document.querySelectorAll("[data-told]")) {
    words.toggleAttribute("hidden", words.getAttribute("data-told") !== outcome);
  }
  document.getElementById("tell-me")?.toggleAttribute("hidden", outcome !== "failed");
}

/** @param {HTMLElement} told @param {PushSubscriptionJSON} subscription */
async function keep(told, subscription) {
  const headers = { "X-CSRFToken": token, "Content-Type": "application/json", Accept: "application/json" };
  const body = JSON.stringify(subscription);
  return (await fetch(String(told.dataset.keep), { method: "POST", headers, body })).ok;
}

/** @param {HTMLElement} told */
async function begin(told) {
  await navigator.serviceWorker.register(String(told.dataset.worker), { scope: "/coordinator/" });
  const registration = await navigator.serviceWorker.ready;
  return subscribe(registration, String(told.dataset.key), (subscription) => keep(told, subscription));
}

/** @param {HTMLElement} told */
async function ask(told) {
  const permission = await Notification.requestPermission();
  if (permission === "denied") return say("refused");
  if (permission === "granted") say((await begin(told).catch(() => false)) ? "yes" : "failed");
}

/** @param {HTMLElement} told */
function offer(told) {
  told.hidden = false;
  if (Notification.permission === "denied") say("refused");
  // Allowed already: a new address of this browser is handed in without a word.
  if (Notification.permission === "granted") void ask(told);
  document.getElementById("tell-me")?.addEventListener("click", () => void ask(told));
}

if (box && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window) offer(box);
