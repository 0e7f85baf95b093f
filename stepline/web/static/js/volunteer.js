// The volunteer's one page: shows each whole snapshot, rings, and sends what is pressed.

import { askMicrophone, askNotifications, createWaker } from "./duty.js";
import { createDanger } from "./danger.js";
import { createGuide } from "./guide.js";
import { openLive } from "./live.js";
import { fillParts } from "./parts.js";
import { clearNotifications, registerWorker, subscribe } from "./push.js";
import { createRinger } from "./ring.js";
import { count, fill, show } from "./show.js";
import { createTalk } from "./talk.js";

/** @typedef {import("./volunteer-types.js").Snapshot} Snapshot */

const TOLD_SECONDS = 60;

/** @param {string} id */
function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

const words = document.body.dataset;
const token = document.querySelector("meta[name=csrf-token]")?.getAttribute("content") ?? "";
const said = byId("said");

/** @type {Snapshot} */
let snapshot = JSON.parse(byId("snapshot").textContent ?? "");
let shownAt = performance.now();
let shownScreen = "";
let ringingFor = "";

/** What only this page knows. */
const page = {
  lost: false,
  asked: false,
  asking: false,
  stuck: false,
  ending: false,
  /** @type {import("./duty.js").Microphone} */
  microphone: "unasked",
  push: "unasked",
  pulse: "",
  proof: { sound: false, vibration: "vibrate" in navigator, microphone: false, awake: false, push: false },
};

const ringer = createRinger({ onSound: () => render() });
const waker = createWaker();
const guide = createGuide(byId("guide"), JSON.parse(byId("decks").textContent ?? "{}"));
const worker = registerWorker(token);
const talk = createTalk({
  device: words["device"] ?? "",
  note,
  audioElement: /** @type {HTMLAudioElement} */ (byId("voices")),
  onChange: voiceChanged,
});

const danger = createDanger(note, post, send);

const seconds = () => (performance.now() - shownAt) / 1000;

/** The microphone's refusal outlasts the call, which goes to somebody else then. */
function voiceChanged() {
  const state = talk.state();
  if (state === "refused" || state === "missing") page.microphone = state;
  render();
}

/** Everything the template may ask for. */
function facts() {
  const responder = snapshot.call?.seats.find((seat) => seat.seat === "responder");
  const own = {
    ...page,
    ...guide.place(),
    owns: talk.owns(snapshot.call),
    voice: talk.state(),
    muted: talk.muted(),
    balance: talk.balance() !== null,
    sound: ringer.canSound() ? "open" : "locked",
    responder: responder?.name ?? "",
  };
  return { ...snapshot, page: own };
}

function render() {
  show(document, facts(), seconds());
  /** @type {HTMLProgressElement} */ (byId("balance")).value = talk.balance() ?? 0;
  byId("mute").setAttribute("aria-pressed", String(talk.muted()));
  byId("end").setAttribute("aria-expanded", String(page.ending));
  if (snapshot.screen === shownScreen) return;
  shownScreen = snapshot.screen;
  const heading = document.querySelector("[data-screen]:not([hidden]) h1:not([hidden])");
  if (heading instanceof HTMLElement) heading.focus();
  window.scrollTo(0, 0);
  for (const screen of document.querySelectorAll("[data-screen]:not([hidden])")) fillParts(screen);
}

/** Take a snapshot as the whole truth, unless it is older than what is shown. @param {Snapshot} next */
function take(next) {
  if (next.read_at < snapshot.read_at) return;
  if (next.screen !== snapshot.screen) page.ending = false;
  if (next.call?.id !== snapshot.call?.id) showPulse("");
  snapshot = next;
  shownAt = performance.now();
  follow();
}

function follow() {
  if (snapshot.call) guide.update(snapshot.call);
  talk.update(snapshot);
  danger.update(snapshot.call);
  void waker.want(snapshot.screen !== "off_duty").then((awake) => {
    page.proof.awake = awake;
  });
  void ring();
  render();
  if (!ringingFor) document.title = (snapshot.call ? words["titleCall"] : words["title"]) ?? "";
}

/** Ring for the offer or the test that is open now; say so only once sound has begun. */
async function ring() {
  const offer = snapshot.screen === "offer" ? (snapshot.offer?.id ?? "") : "";
  const wanted = offer || (snapshot.screen === "test_ring" ? "test" : "");
  if (wanted === ringingFor) return;
  ringingFor = wanted;
  ringer.stop();
  if (!wanted) return clearNotifications(await worker);
  const started = await ringer.start((offer ? words["titleOffer"] : words["titleTest"]) ?? "");
  if (started && ringingFor === wanted) {
    await note(offer ? `/volunteer/offers/${offer}/ringing` : "/volunteer/duty/ringing", {});
  }
}

/** Send a press, and show what the server says to it: a sentence, the whole snapshot, or both.
 * @param {string} address @param {Record<string, string>} fields @returns {Promise<Response | null>} */
async function post(address, fields) {
  try {
    const answer = await send(address, fields);
    /** @type {Partial<Snapshot> & {message?: string}} */
    const content = await answer.json();
    if (content.message) say(content.message);
    if (content.screen) take(/** @type {Snapshot} */ (content));
    return answer;
  } catch {
    say(words["unsent"] ?? "");
    return null;
  }
}

/** Send what the page says by itself; nobody waits for an answer. Tells whether it arrived.
 * @param {string} address @param {Record<string, string>} fields */
async function note(address, fields) {
  try {
    return (await send(address, fields)).status < 500;
  } catch {
    return false;
  }
}

/** @param {string} address @param {Record<string, string>} fields */
function send(address, fields) {
  const headers = { "X-CSRFToken": token, Accept: "application/json" };
  return fetch(address, { method: "POST", headers, body: new URLSearchParams(fields) });
}

/** @param {string} sentence */
function say(sentence) {
  said.textContent = sentence;
  said.hidden = sentence === "";
}

/** @param {MouseEvent} event */
async function pressed(event) {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (!button) return;
  if (!ringer.canSound()) void ringer.unlock();
  const address = button.dataset["post"];
  if (!address) return;
  say("");
  const answers = button.dataset["owns"] !== undefined;
  if (answers) talk.own();
  button.disabled = true;
  const answer = button.dataset["answer"];
  const sent = await post(fill(address, snapshot, 0), answer ? { answer } : {});
  button.disabled = false;
  if (answers && !sent?.ok) talk.release();
}

/** Ask this device for all it takes, in the press itself, then let the server ring a test. @param {SubmitEvent} event */
async function goOnDuty(event) {
  event.preventDefault();
  const minutes = new FormData(/** @type {HTMLFormElement} */ (event.target)).get("until_minutes");
  page.asking = true;
  page.stuck = false;
  render();
  const sound = ringer.unlock();
  const notifications = askNotifications();
  const microphone = askMicrophone();
  const awake = waker.want(true);
  page.microphone = await microphone;
  page.push = await notifications;
  page.proof.sound = await sound;
  page.proof.awake = await awake;
  page.proof.microphone = page.microphone === "granted";
  page.asking = false;
  page.asked = true;
  page.stuck = !page.proof.microphone;
  if (page.push === "granted") void allowPush();
  if (page.stuck) {
    await waker.want(false);
    return render();
  }
  await post("/volunteer/duty/test", { until_minutes: String(minutes) });
}

/** Subscribing may take seconds: the test ring doesn't wait for it. */
async function allowPush() {
  page.proof.push = await subscribe(await worker, words["vapid"] ?? "", async (subscription) => {
    const headers = { "X-CSRFToken": token, "Content-Type": "application/json", Accept: "application/json" };
    const answer = await fetch("/volunteer/push", { method: "POST", headers, body: JSON.stringify(subscription) });
    return answer.ok;
  });
  if (!page.proof.push) page.push = "unsupported";
  render();
}

/** The test ring was heard. */
async function hearIt() {
  // Who hears it may press before the page's own word, that it rings, has arrived.
  await note("/volunteer/duty/ringing", {});
  page.proof.sound = await ringer.unlock();
  page.proof.awake = waker.awake();
  const proof = Object.entries(page.proof).map(([name, is]) => [name, is ? "1" : "0"]);
  await post("/volunteer/duty/on", Object.fromEntries(proof));
}

async function tryMicrophone() {
  page.microphone = await askMicrophone();
  page.proof.microphone = page.microphone === "granted";
  render();
}

/** Ring the test once more. */
async function ringAgain() {
  await ringer.start(words["titleTest"] ?? "");
  await note("/volunteer/duty/ringing", {});
}

/** @param {boolean} ending */
function askEnding(ending) {
  page.ending = ending;
  render();
  byId(ending ? "end-not" : "end").focus();
}

/** @param {number} by */
function turn(by) {
  guide.turn(by);
  render();
}

/** @param {string} pulse */
function showPulse(pulse) {
  page.pulse = pulse;
  for (const button of document.querySelectorAll("[data-pulse]")) {
    button.setAttribute("aria-pressed", String(button.getAttribute("data-pulse") === pulse));
  }
}

/** @param {Event} event */
async function sayPulse(event) {
  const chosen = /** @type {HTMLElement} */ (event.currentTarget).dataset["pulse"] ?? "";
  showPulse(chosen);
  render();
  await post("/volunteer/call/pulse", { answer: chosen });
}

/** The page that talks is closing or loading anew: the caller's side should know at once. */
function leaving() {
  if (!inTalk()) return;
  const fields = new FormData();
  fields.append("csrfmiddlewaretoken", token);
  navigator.sendBeacon("/volunteer/call/away", fields);
}

function inTalk() {
  return ["talking", "cut_off"].includes(snapshot.screen) && talk.owns(snapshot.call);
}

function tick() {
  if (snapshot.told && snapshot.told.at_seconds_ago + seconds() > TOLD_SECONDS) snapshot.told = null;
  if (snapshot.resting_seconds && snapshot.resting_seconds < seconds()) snapshot.resting_seconds = null;
  if (snapshot.test && snapshot.test.seconds_left < seconds()) void testIsOver();
  if (["talking", "on_duty", "off_duty"].includes(snapshot.screen)) render();
  else count(document, facts(), seconds());
}

/** Nobody answered the test ring. */
async function testIsOver() {
  snapshot.test = null;
  await post("/volunteer/duty/off", {});
  say(words["testOver"] ?? "");
}

/** Talk on this page from now on. */
async function talkHere() {
  talk.own(snapshot.call?.id);
  await post("/volunteer/call/back", {});
}

byId("go-on-duty").addEventListener("submit", (event) => void goOnDuty(/** @type {SubmitEvent} */ (event)));
byId("hear-it").addEventListener("click", () => void hearIt());
byId("ring-again").addEventListener("click", () => void ringAgain());
byId("unlock-sound").addEventListener("click", () => void ringer.unlock());
byId("microphone-again").addEventListener("click", () => void tryMicrophone());
byId("talk-here").addEventListener("click", () => void talkHere());
byId("voice-again").addEventListener("click", () => void talk.openMicrophone());
byId("press-to-hear").addEventListener("click", () => talk.hear());
byId("mute").addEventListener("click", () => {
  talk.mute(!talk.muted());
  render();
});
byId("end").addEventListener("click", () => askEnding(!page.ending));
byId("end-not").addEventListener("click", () => askEnding(false));
byId("guide-next").addEventListener("click", () => turn(1));
byId("guide-back").addEventListener("click", () => turn(-1));
for (const button of document.querySelectorAll("[data-pulse]")) {
  button.addEventListener("click", (event) => void sayPulse(event));
}
document.addEventListener("click", (event) => void pressed(event));
window.setInterval(tick, 1000);

window.addEventListener("pagehide", leaving);
void ringer.unlock();
render();
// Loaded anew in a talk: a new conversation begins, and this page's voice with it.
if (inTalk()) await post("/volunteer/call/back", {});
follow();
openLive({
  url: "/volunteer/live",
  onSnapshot: (next) => take(/** @type {Snapshot} */ (next)),
  onSignal: (event) => talk.signal(event),
  onOver: () => location.reload(), // signed out elsewhere: the sign-in page says so
  onLost: () => {
    page.lost = true;
    render();
  },
  onBack: () => {
    page.lost = false;
    render();
  },
});
