// The voices of a call: this page's microphone to every other seat, and theirs to the ear.

import { Pair } from "./pair.js";
import { createPlaying } from "./playing.js";

const LOST_AFTER_MS = 10000;
const SEND_TRIES = 4;
const TRY_AGAIN_MS = 400;
const BATCH = 20;
const EARLY_KEPT = 50;
// The higher one starts the connection.
const RANK = ["caller", "responder", "helper"];
const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** @typedef {{from: string, session: string, body: string}} SignalEvent */
/** @typedef {import("./pair.js").Item} Item */
/** @typedef {{seat: string, kind: string, url: string | null}} Seat */
/** @typedef {{servers: RTCIceServer[], relay_only: boolean}} Ice */
/** @typedef {{conversation: string | null, seats: Seat[], ice: Ice | null}} Talk */
/**
 * `waiting` for the microphone or another tab; `refused` and `missing` say why there is none.
 * @typedef {"waiting" | "refused" | "missing" | "joining" | "joined" | "reconnecting" | "press_to_hear"} VoiceState
 */
/** @typedef {"page" | "microphone" | "refused" | "offer" | "answer" | "connected" | "hearing" | "voices_lost"} Step */

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => window.setTimeout(resolve, ms));

/** Give a name for one page's part in one conversation. */
function newSession() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Do something that tells whether it worked, a few times if need be. @param {() => unknown} deed */
async function insist(deed) {
  for (let tries = 1; tries <= SEND_TRIES; tries += 1) {
    if ((await deed()) !== false) return;
    await pause(TRY_AGAIN_MS * tries);
  }
}

/**
 * The voice of one page. Feed it every snapshot and every signal; it reports each step to the
 * server and says its state whenever that changes. Of several tabs of a browser one speaks.
 *
 * `send` and `report` give false (or a promise of it) when it could not be sent.
 * @param {{me: string, send: (to: string, session: string, body: string) => unknown,
 *   report: (step: Step, conversation: string) => unknown, audioElement: HTMLAudioElement,
 *   onState: (state: VoiceState) => void}} options
 */
export function createVoice({ me, send, report, audioElement, onState }) {
  const stopping = new AbortController();
  const { signal: stopped } = stopping;
  /** @type {Map<string, Pair>} */
  const pairs = new Map();
  /** @type {Map<string, string>} */
  const files = new Map();
  /** @type {Map<string, {to: string | null, item: Item}[]>} */
  const outboxes = new Map();
  /** @type {SignalEvent[]} */
  let early = [];
  /** @type {Set<Step>} */
  const reported = new Set();
  let reporting = Promise.resolve();
  let session = newSession();
  /** @type {MediaStream | null} */
  let microphone = null;
  /** @type {VoiceState} */
  let state = "waiting";
  /** @type {Talk} */
  let talk = { conversation: null, seats: [], ice: null };
  let isMuted = false;
  let isBlocked = false;
  let isOpening = false;
  let letGo = () => {};

  const playing = createPlaying(audioElement, {
    onBlocked(now) {
      isBlocked = now;
      tellState();
    },
  });

  /** @param {VoiceState} next */
  function turn(next) {
    if (next === state || stopped.aborted) return;
    state = next;
    onState(next);
  }

  function tellState() {
    if (!microphone) return;
    const connected = [...pairs.values()];
    if (isBlocked) turn("press_to_hear");
    else if (connected.some((pair) => pair.hears && !pair.works)) turn("reconnecting");
    else if (reported.has("hearing")) turn("joined");
    else turn("joining");
  }

  /** Report a step of this conversation once. @param {Step} step */
  function tell(step) {
    const { conversation } = talk;
    if (!conversation || reported.has(step) || stopped.aborted) return;
    reported.add(step);
    if (step === "hearing") reported.delete("voices_lost");
    // One after the other, so that the server learns the steps in their order.
    reporting = reporting.then(() => insist(() => stopped.aborted || report(step, conversation)));
    tellState();
  }

  /** Report that the voices are gone once that has lasted; being heard again is then reported anew. */
  function tellLost() {
    const gone = [...pairs.values()].some((pair) => pair.hears && pair.silentMs > LOST_AFTER_MS);
    if (!gone || !reported.has("hearing")) return;
    for (const step of /** @type {Step[]} */ (["offer", "answer", "connected", "hearing"])) reported.delete(step);
    tell("voices_lost");
  }

  /** @param {string} seat @param {string | null} to @param {Item} item */
  function post(seat, to, item) {
    const outbox = outboxes.get(seat) ?? [];
    outbox.push({ to, item });
    if (outboxes.has(seat)) return;
    outboxes.set(seat, outbox);
    queueMicrotask(() => void empty(seat, outbox));
  }

  /** Send what waits for a seat, in order; what gathers meanwhile goes together. @param {string} seat @param {{to: string | null, item: Item}[]} outbox */
  async function empty(seat, outbox) {
    while (outbox.length > 0 && !stopped.aborted) {
      const to = outbox[0]?.to ?? null;
      const end = outbox.findIndex((one, at) => one.to !== to || at >= BATCH);
      const items = outbox.splice(0, end < 0 ? outbox.length : end).map(({ item }) => item);
      const body = JSON.stringify({ to, items });
      const from = session;
      await insist(() => stopped.aborted || from !== session || send(seat, from, body));
    }
    outboxes.delete(seat);
  }

  /** Ask for the microphone; a later call asks again. */
  async function openMicrophone() {
    if (isOpening || microphone || stopped.aborted) return;
    isOpening = true;
    try {
      if (!navigator.mediaDevices) throw new DOMException("no secure page", "NotFoundError");
      const opened = await navigator.mediaDevices.getUserMedia({ audio: SOUND });
      if (stopped.aborted) return opened.getTracks().forEach((track) => track.stop());
      hold(opened);
      reported.delete("refused");
      join();
      tellState();
    } catch (error) {
      const isRefused = error instanceof DOMException && error.name === "NotAllowedError";
      turn(isRefused ? "refused" : "missing");
      tell("refused");
    } finally {
      isOpening = false;
    }
  }

  /** @param {MediaStream} opened */
  function hold(opened) {
    microphone = opened;
    for (const track of opened.getAudioTracks()) {
      track.enabled = !isMuted;
      track.addEventListener("ended", () => void reopen(), { signal: stopped });
      for (const pair of pairs.values()) void pair.speakThrough(track);
    }
  }

  /** The device went away (unplugged, taken by a telephone call): use what there is now. */
  async function reopen() {
    microphone = null;
    reported.delete("microphone");
    await openMicrophone();
  }

  /** Speak only while no other tab of this browser does. */
  async function takeTurn() {
    if (!("locks" in navigator)) return openMicrophone();
    const over = new Promise((resolve) => (letGo = () => resolve(undefined)));
    const held = navigator.locks.request(`stepline voice ${me}`, { signal: stopped }, async () => {
      void openMicrophone();
      await over;
    });
    // Stopped while waiting for its turn.
    await held.catch(() => undefined);
  }

  /** @param {Seat} seat */
  function meet({ seat }) {
    const starts = RANK.indexOf(me) > RANK.indexOf(seat);
    const own = session;
    const pair = new Pair(starts, {
      session: own,
      config: () => ({
        iceServers: talk.ice?.servers ?? [],
        iceTransportPolicy: talk.ice?.relay_only ? "relay" : "all",
      }),
      microphone: () => microphone ?? new MediaStream(),
      send: (to, item) => own === session && post(seat, to, item),
      onStream: (stream) => playing.stream(seat, stream),
      onStep(step) {
        tell(step);
        tellState();
      },
      onQuiet() {
        tellLost();
        tellState();
      },
    });
    pairs.set(seat, pair);
    const waiting = early.filter(({ from }) => from === seat);
    early = early.filter(({ from }) => from !== seat);
    for (const event of waiting) pass(pair, event);
  }

  /** Play a file in place of a voice. @param {string} seat @param {string} url */
  function playFile(seat, url) {
    if (files.get(seat) === url) return;
    files.set(seat, url);
    playing.file(seat, url, () => {
      tell("connected");
      tell("hearing");
    });
  }

  /** Join with who is there, and part from who has gone. */
  function join() {
    if (!microphone || !talk.conversation || stopped.aborted) return;
    tell("page");
    tell("microphone");
    const pages = talk.seats.filter(({ kind, seat }) => kind === "page" && seat !== me);
    for (const seat of pages) if (talk.ice && !pairs.has(seat.seat)) meet(seat);
    for (const { kind, seat, url } of talk.seats) if (kind === "recording" && url) playFile(seat, url);
    for (const [seat, pair] of pairs) if (!pages.some((one) => one.seat === seat)) part(seat, pair);
    tellState();
  }

  /** @param {string} seat @param {Pair | undefined} pair */
  function part(seat, pair) {
    pair?.close();
    pairs.delete(seat);
    files.delete(seat);
    playing.drop(seat);
  }

  function partAll() {
    for (const [seat, pair] of pairs) part(seat, pair);
    for (const seat of files.keys()) part(seat, undefined);
    reported.clear();
    // What is still under way belongs to the conversation before.
    session = newSession();
    for (const outbox of outboxes.values()) outbox.length = 0;
  }

  /** @param {Pair} pair @param {SignalEvent} event */
  function pass(pair, event) {
    const { to, items } = JSON.parse(event.body);
    for (const item of items) pair.take(event.session, to, item);
  }

  const recover = () => pairs.forEach((pair) => pair.works || pair.recover());
  window.addEventListener("online", recover, { signal: stopped });
  navigator.mediaDevices?.addEventListener("devicechange", () => void (state === "missing" && openMicrophone()), { signal: stopped });
  document.addEventListener("pointerup", () => isBlocked && playing.hear(), { signal: stopped });
  void takeTurn();

  return {
    /** Take a whole snapshot: the caller's, or a volunteer's with its call. @param {any} snapshot */
    update(snapshot) {
      const isOwn = snapshot.call === null || typeof snapshot.call !== "object";
      const { conversation, seats, ice } = /** @type {Talk} */ (isOwn ? snapshot : snapshot.call);
      if (conversation !== talk.conversation) partAll();
      talk = { conversation, seats, ice };
      if (state === "refused" || state === "missing") tell("refused");
      playing.audible(snapshot.screen === "talking");
      join();
    },
    /** Take a signal from another page. @param {SignalEvent} event */
    signal(event) {
      const pair = pairs.get(event.from);
      if (pair) pass(pair, event);
      else early = [...early, event].slice(-EARLY_KEPT);
    },
    openMicrophone,
    /** Let the others be heard, in a press of the person's, where the browser had refused it. */
    hear: () => playing.hear(),
    /** @param {boolean} muted */
    mute(muted) {
      isMuted = muted;
      for (const track of microphone?.getAudioTracks() ?? []) track.enabled = !muted;
    },
    /** How loud both sides were in the last half second, 0 to 1; nothing of it leaves this page. */
    level() {
      const levels = [...pairs.values()].map((pair) => pair.levels);
      return {
        mine: Math.max(0, ...levels.map(({ mine }) => mine)),
        theirs: Math.max(0, ...levels.map(({ theirs }) => theirs)),
      };
    },
    stop() {
      stopping.abort();
      letGo();
      partAll();
      for (const track of microphone?.getTracks() ?? []) track.stop();
      microphone = null;
    },
  };
}
