// From the ask on: live updates, the microphone, the voices, and the controls of a call.

import { makeHold } from "./holding.js";
import { openLive } from "./live.js";
import { createVoice } from "./peer.js";
import { isOpen, view } from "./screens.js";

/** @typedef {import("./caller-types.js").Snapshot} Snapshot */
/** @typedef {import("./caller-types.js").Page} Page */
/** @typedef {import("./caller-types.js").Host} Host */
/** @typedef {{follow: (snapshot: Snapshot) => void}} Calling */

const ALIVE_EVERY_MS = 10000;
const TICK_MS = 1000;
const READ_THE_REASON_MS = 1500;

/** Give the caller's document what it needs from the ask on. @param {Host} host @returns {Calling} */
export function begin(host) {
  /** @type {Snapshot} */
  let snapshot;
  let readHere = 0;
  let { isFound } = host;
  /** @type {Page} */
  const page = { panel: "", voice: "unasked", elsewhere: false };
  /** @type {ReturnType<typeof openLive> | undefined} */
  let live;

  function render() {
    const seen = view(snapshot, page, (performance.now() - readHere) / 1000);
    if (!snapshot || !document.querySelector(`[data-screen="${seen.screen}"]`)) return;
    for (const element of all("[data-show]")) {
      element.hidden = !seen.shown.has(element.dataset.show ?? "");
    }
    for (const element of all("[data-text]")) {
      const text = seen.texts[element.dataset.text ?? ""] ?? "";
      if (element.textContent !== text) element.textContent = text;
    }
    fillPicks(snapshot);
    document.getElementById("main")?.classList.add("begun");
    host.show(seen.screen);
  }

  const voice = makeVoice(host, page, render);
  const hold = makeHold(host, (elsewhere) => {
    page.elsewhere = elsewhere;
    render();
  });

  /** @param {Page["panel"]} panel */
  function open(panel) {
    page.panel = panel;
    if (panel === "call_back") fillSlots(snapshot);
    render();
  }

  const awake = makeAwake();

  function close() {
    voice.close();
    awake.letGo();
    hold.letGo();
    live?.close();
    live = undefined;
  }

  function listen() {
    live ??= openLive({
      url: "/call/live",
      onSnapshot: host.take,
      onSignal: voice.signal,
      onLost: () => host.trouble("", true),
      onBack: () => host.trouble("", false),
    });
  }

  const question = () => snapshot.question ?? "";

  Object.assign(host.deeds, controls(host, voice, question), {
    relax: () => host.reach("/call/relax", { what: snapshot.relax?.what ?? "" }),
    call_back: () => open("call_back"),
    more: () => open("more"),
    back: () => open(""),
    again: () => open("first"),
    come_back: () => host.reach("/come-back", { code: snapshot.call_back.promised?.code ?? "" }),
  });
  document.addEventListener("submit", (event) => submit(host, event, question));
  void fetchParts(render);
  tellDanger(host, () => snapshot.call !== null);
  document.addEventListener("leave", close);
  setInterval(() => isOpen(snapshot) && render(), TICK_MS);
  setInterval(() => hold.isHeld() && post(host, "/call/alive"), ALIVE_EVERY_MS);

  return {
    follow(newer) {
      if (newer.screen !== snapshot?.screen) page.panel = "";
      // Back from the telephone, the way back to the talk lies on top.
      if (newer.screen === "dialling_help" && newer.screen !== snapshot?.screen) host.deeds.danger_back(document.body);
      snapshot = newer;
      readHere = performance.now();
      if (isOpen(newer) || newer.screen === "promised") listen();
      else close();
      if (isOpen(newer) && newer.screen !== "kept" && newer.screen !== "dialling_help") {
        hold.take(isFound);
        isFound = false;
        awake.hold();
        voice.follow(newer);
      } else {
        voice.close();
      }
      render();
    },
  };
}

/** A page that sleeps can't hear that somebody answers: keep the screen on while a call is open. */
function makeAwake() {
  let isWanted = false;
  /** @type {WakeLockSentinel | undefined} */
  let lock;

  async function request() {
    if (!isWanted || document.hidden || (lock && !lock.released)) return;
    try {
      lock = await navigator.wakeLock.request("screen");
    } catch {
      // The battery is low, or this browser doesn't know how: the call goes on all the same.
    }
    if (!isWanted) void lock?.release();
  }

  document.addEventListener("visibilitychange", request);
  return {
    hold() {
      isWanted = true;
      void request();
    },
    letGo() {
      isWanted = false;
      void lock?.release();
    },
  };
}

/** The microphone and the voices of one call. @param {Host} host @param {Page} page @param {() => void} render */
function makeVoice(host, page, render) {
  const audioElement = /** @type {HTMLAudioElement} */ (document.getElementById("voice"));
  /** @type {ReturnType<typeof createVoice> | undefined} */
  let voice;
  /** @type {number | undefined} */
  let beginning;
  /** @type {Snapshot} */
  let snapshot;
  let isMuted = false;

  function start() {
    voice = createVoice({
      me: "caller",
      send: (to, session, body) => post(host, "/call/signal", { to, session, body }),
      report: (step, conversation) => post(host, "/call/report", { step, conversation }),
      audioElement,
      onState(state) {
        page.voice = state;
        render();
      },
    });
    voice.mute(isMuted);
    voice.update(snapshot);
  }

  return {
    ask: () => voice?.openMicrophone(),
    hear: () => voice?.hear(),
    /** @param {import("./peer.js").SignalEvent} event */
    signal: (event) => voice?.signal(event),
    toggle() {
      isMuted = !isMuted;
      voice?.mute(isMuted);
      return isMuted;
    },
    /** The reason is there to be read before the browser asks. @param {Snapshot} newer */
    follow(newer) {
      snapshot = newer;
      if (voice) return voice.update(newer);
      if (page.voice !== "unasked") return undefined;
      page.voice = "waiting";
      beginning = setTimeout(start, newer.conversation ? 0 : READ_THE_REASON_MS);
      return undefined;
    },
    close() {
      clearTimeout(beginning);
      voice?.stop();
      voice = undefined;
      isMuted = false;
      page.voice = "unasked";
    },
  };
}

/** What the controls of a call do, by their data-do. @param {Host} host @param {ReturnType<typeof makeVoice>} voice @param {() => string} question the one shown @returns {Host["deeds"]} */
function controls(host, voice, question) {
  return {
    microphone: voice.ask,
    hear: voice.hear,
    mute: (button) => button.setAttribute("aria-pressed", String(voice.toggle())),
    end: () => host.reach("/call/end"),
    return: () => host.reach("/call/back"),
    dialling: () => host.reach("/call/dialling"),
    choose: ({ dataset }) => host.reach("/call/choose", { choice: dataset.choice ?? "" }),
    answer: ({ dataset }) => host.reach("/call/answer", { question: question(), value: dataset.value ?? "" }),
  };
}

/** @param {Host} host @param {SubmitEvent} event @param {() => string} question */
function submit(host, event, question) {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const given = new FormData(form);
  const text = (/** @type {string} */ name) => String(given.get(name) ?? "");
  if (form.dataset.do === "answer") {
    host.reach("/call/answer", { question: question(), value: text("value") });
  } else if (form.dataset.do === "call_back") {
    host.reach("/call/call-back", { slot: text("slot"), number: text("number") });
  } else if (form.dataset.do === "place") {
    host.reach("/call/place", { place: text("place") });
    form.reset();
  } else {
    return;
  }
  event.preventDefault();
}

/** Put a choice's buttons there, anew only when it is another choice. @param {Snapshot} snapshot */
function fillPicks({ pick, question }) {
  const holder = document.getElementById("picks");
  const pattern = /** @type {HTMLTemplateElement | null} */ (document.getElementById("pick"));
  if (!holder || !pattern || !pick || holder.dataset.question === question) return;
  holder.dataset.question = question ?? "";
  const buttons = pick.choices.map(({ value, label, lang }) => {
    const copy = /** @type {DocumentFragment} */ (pattern.content.cloneNode(true));
    const button = /** @type {HTMLButtonElement} */ (copy.firstElementChild);
    button.dataset.value = value;
    button.textContent = label;
    if (lang) button.lang = lang;
    return button;
  });
  holder.replaceChildren(...buttons);
}

/** @param {Snapshot} snapshot */
function fillSlots(snapshot) {
  const pattern = /** @type {HTMLTemplateElement} */ (document.getElementById("slot"));
  const rows = snapshot.call_back.slots.map(({ minutes, label }) => {
    const row = /** @type {DocumentFragment} */ (pattern.content.cloneNode(true));
    row.querySelector("input")?.setAttribute("value", String(minutes));
    row.querySelector("span")?.append(label);
    return row;
  });
  document.getElementById("slots")?.replaceChildren(...rows);
}

/** What only a call needs isn't in the page before the ask: every byte there waits with them. @param {() => void} onCame */
async function fetchParts(onCame) {
  const back = document.querySelector("[data-do=danger_back]");
  const isHere = () => document.querySelector("[data-screen=dialling_help]") !== null;
  if (isHere()) return;
  while (!isHere()) {
    try {
      const answer = await fetch("/call/parts");
      const parts = document.createElement("template");
      if (answer.ok) parts.innerHTML = await answer.text();
      document.getElementById("danger")?.before(...parts.content.querySelectorAll("section"));
      document.querySelector("#danger ol")?.after(...parts.content.querySelectorAll("[data-show=in_talk]"));
      back?.before(parts.content);
    } catch {
      // Not reached just now: the next try may.
    }
    if (!isHere()) await new Promise((resume) => setTimeout(resume, TICK_MS));
  }
  onCame();
}

/** Tell what is opened and rung on the danger card; neither ever waits for us. @param {Host} host @param {() => boolean} inCall */
function tellDanger(host, inCall) {
  document.addEventListener("click", ({ target }) => {
    if (inCall() && /** @type {Element} */ (target).closest("a[data-dials]")) host.tell("/call/dialling");
  });
  for (const card of /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("[data-sight]"))) {
    card.addEventListener("toggle", () => {
      if (card.open && inCall()) host.tell("/call/sight", { sight: card.dataset.sight ?? "" });
    });
  }
}

/** Send once, without a word when it fails; false then. @param {Host} host @param {string} path @param {Record<string, string>} fields */
async function post(host, path, fields = {}) {
  try {
    const headers = { Accept: "application/json" };
    const answer = await fetch(path, { method: "POST", body: host.form(fields), headers });
    if (answer.status === 200) host.take(await answer.json());
    return answer.ok;
  } catch {
    return false;
  }
}

/** @param {string} selector @returns {NodeListOf<HTMLElement>} */
const all = (selector) => document.querySelectorAll(selector);
