// The caller's one document before and around a call: the ask, the danger card, reaching the line.
// What a call needs (live updates, voices, its screens) is in calling.js, loaded at the press.

/** @typedef {import("./caller-types.js").Snapshot} Snapshot */
/** @typedef {Record<string, string>} Fields */

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 4000;
const ANSWER_WITHIN_MS = 8000;
const SLOW_MS = 3000;

/** @param {string} selector */
const find = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector));
/** @param {string} selector @returns {NodeListOf<HTMLElement>} */
const all = (selector) => document.querySelectorAll(selector);

const danger = find("#danger");
const token = find("meta[name=csrf-token]").getAttribute("content") ?? "";
const slug = document.body.dataset.slug ?? "";
/** @type {Snapshot} */
let snapshot = JSON.parse(find("#snapshot").textContent);
let showing = snapshot.screen;
const isFound = snapshot.call !== null;
let asking = false;
let hasBegun = false;
let stopped = 0;
/** @type {Promise<import("./calling.js").Calling> | undefined} */
let calling;
/** A stop never overtakes the ask it stops. @type {Promise<unknown>} */
let before = Promise.resolve();

/** Show one screen; the danger card covers it while it is open. @param {string} screen */
function show(screen) {
  for (const section of all("[data-screen]")) {
    section.hidden = !danger.hidden || section.dataset.screen !== screen;
  }
  if (screen === showing) return;
  showing = screen;
  if (danger.hidden) arrive();
  else find("#said").textContent = find(`[data-screen="${screen}"] h1`).textContent;
}

/** Bring the eye and a screen reader to what is new. */
function arrive() {
  scrollTo(0, 0);
  const heading = find(danger.hidden ? `[data-screen="${showing}"] h1` : "#danger-title");
  heading.tabIndex = -1;
  heading.focus();
}

/** Say what is wrong with reaching the line. @param {string} message @param {boolean} lost */
function trouble(message, lost) {
  find("#network").hidden = !lost;
  find("#message").hidden = !message;
  find("#message").textContent = message;
  if (message) find("#message").scrollIntoView({ block: "center" });
}

/** @param {Fields} fields */
function form(fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append("line", slug);
  body.append("csrfmiddlewaretoken", token);
  return body;
}

/** Tell the line without waiting, even while the page goes. @param {string} path */
const tell = (path, fields = {}) => navigator.sendBeacon(path, form(fields));

/** Take a newer snapshot; an older one is let go. @param {Snapshot} newer */
function take(newer) {
  if (newer.read_at < snapshot.read_at) return;
  snapshot = newer;
  asking = false;
  follow();
}

/** Let calling.js show the snapshot; until it is here, the bare screen. */
async function follow() {
  if (!calling) show(snapshot.screen);
  calling ??= import("./calling.js").then(({ begin }) => begin({ deeds, form, isFound, reach, show, take, tell, trouble }));
  try {
    (await calling).follow(snapshot);
    hasBegun = true;
  } catch {
    calling = undefined;
    trouble("", true);
    setTimeout(follow, FIRST_PAUSE_MS);
  }
}

/** Send until it arrives. False: refused, or given up by a stop. @param {string} path @param {Fields} fields */
async function reach(path, fields = {}) {
  const began = stopped;
  for (let pause = FIRST_PAUSE_MS; began === stopped; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const attempt = before.then(() => began === stopped && once(path, fields));
    before = attempt.catch(() => undefined);
    try {
      return await attempt;
    } catch {
      if (began === stopped) trouble("", true);
    }
    await new Promise((resume) => setTimeout(resume, pause));
  }
  return false;
}

/** One try; throws when nothing came back. @param {string} path @param {Fields} fields */
async function once(path, fields) {
  const abort = new AbortController();
  const slow = setTimeout(() => trouble("", true), SLOW_MS);
  const timer = setTimeout(() => abort.abort(), ANSWER_WITHIN_MS);
  try {
    const headers = { Accept: "application/json" };
    const answer = await fetch(path, { method: "POST", body: form(fields), headers, signal: abort.signal });
    if (answer.status >= 500) throw new Error(path);
    const content = await answer.json();
    trouble(content.message ?? "", false);
    if (content.screen) take(content);
    else if (asking) show((asking = false) || snapshot.screen);
    return answer.ok;
  } finally {
    clearTimeout(slow);
    clearTimeout(timer);
  }
}

/** @param {SubmitEvent} event */
function ask(event) {
  event.preventDefault();
  const { value: wish } = /** @type {HTMLButtonElement} */ (event.submitter);
  asking = true;
  show("asking");
  reach("/call/ask", { wish, script: "1" });
}

/** Telling the line is never waited for. @param {boolean} open */
function showDanger(open) {
  danger.hidden = !open;
  if (open && snapshot.call) tell("/call/danger");
  show(showing);
  arrive();
}

function stop() {
  stopped += 1;
  trouble("", false);
  if (asking) show("first");
  asking = false;
  return reach("/call/stop");
}

/** What a control does, by its data-do. @type {Record<string, (control: HTMLElement) => unknown>} */
const deeds = { danger: () => showDanger(true), danger_back: () => showDanger(false), stop };

find("#ask").addEventListener("submit", ask);
document.addEventListener("click", (event) => {
  const control = /** @type {Element} */ (event.target).closest("button[data-do], a[data-do]");
  const deed = control instanceof HTMLElement && deeds[control.dataset.do ?? ""];
  if (!deed) return;
  event.preventDefault();
  deed(control);
});
// Until calling.js says it better.
addEventListener("pagehide", () => (asking || snapshot.call) && !hasBegun && !isFound && tell("/call/away"));
document.addEventListener("leave", () => {
  stopped += 1;
  snapshot.call = null;
});
if (snapshot.screen !== "first") follow();

export {};
