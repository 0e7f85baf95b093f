// The volunteer's voice in a call. Of several pages of one volunteer, the one that answered talks.

import { createVoice } from "./peer.js";

/** @typedef {import("./volunteer-types.js").Snapshot} Snapshot */
/** @typedef {import("./peer.js").VoiceState} VoiceState */
/** @typedef {(address: string, fields: Record<string, string>) => Promise<boolean>} Note */

const OWNED = "stepline-owned-call";
const NEXT = "next";
// While the caller rings emergency help this page keeps the call: it joins again at their return.
const IN_CALL = ["connecting", "talking", "cut_off", "dialling_help"];
const ALIVE_EVERY_MS = 10000;
const LISTEN_EVERY_MS = 500;
const SPEAKING = 0.02;

/**
 * @param {{device: string, note: Note, audioElement: HTMLAudioElement, onChange: () => void}} options
 */
export function createTalk({ device, note, audioElement, onChange }) {
  /** @type {ReturnType<typeof createVoice> | null} */
  let voice = null;
  /** @type {VoiceState | ""} */
  let voiceState = "";
  let muted = false;
  let alive = 0;
  let listening = 0;
  const spoken = { mine: 0, theirs: 0 };

  const owned = () => sessionStorage.getItem(OWNED);

  /** Of one device's pages the one that answered, unless another device took over.
   * @param {{id: string, device: string | null}} call */
  function ownsNow(call) {
    return owned() === call.id && (call.device === null || call.device === device);
  }

  /** Count who speaks; it stays on this page and ends with the call. */
  function listen() {
    const { mine, theirs } = voice?.level() ?? { mine: 0, theirs: 0 };
    if (Math.max(mine, theirs) < SPEAKING) return;
    spoken[mine > theirs ? "mine" : "theirs"] += 1;
  }

  /** @param {string} seat */
  function begin(seat) {
    listening = window.setInterval(listen, LISTEN_EVERY_MS);
    spoken.mine = 0;
    spoken.theirs = 0;
    voice = createVoice({
      me: seat,
      send: (to, session, body) => note("/volunteer/call/signal", { to, session, body }),
      report: (step, at) => note("/volunteer/call/report", { step, conversation: at }),
      audioElement,
      onState: (state) => {
        voiceState = state;
        onChange();
      },
    });
    alive = window.setInterval(() => note("/volunteer/call/alive", {}), ALIVE_EVERY_MS);
  }

  function end() {
    window.clearInterval(alive);
    window.clearInterval(listening);
    voice?.stop();
    voice = null;
    voiceState = "";
    muted = false;
  }

  return {
    /** This page talks from now on, after a reload too; without an id, in the call that comes next. */
    own: (id = NEXT) => sessionStorage.setItem(OWNED, id),
    release() {
      sessionStorage.removeItem(OWNED);
      end();
    },
    /** @param {Snapshot} snapshot */
    update(snapshot) {
      const call = snapshot.call;
      if (!call || !IN_CALL.includes(snapshot.screen)) {
        end();
        if (!["offer", "standby"].includes(snapshot.screen)) sessionStorage.removeItem(OWNED);
        return;
      }
      if (owned() === NEXT) sessionStorage.setItem(OWNED, call.id);
      if (!ownsNow(call)) return end();
      if (!voice) begin(call.me);
      voice?.update(snapshot);
    },
    /** @param {import("./peer.js").SignalEvent} event */
    signal: (event) => voice?.signal(event),
    /** @param {boolean} mute */
    mute(mute) {
      muted = mute;
      voice?.mute(mute);
    },
    hear: () => voice?.hear(),
    openMicrophone: () => voice?.openMicrophone(),
    /** @param {Snapshot["call"]} call */
    owns: (call) => Boolean(call && ownsNow(call)),
    state: () => voiceState,
    /** How much of the talking is this side's, 0 to 1; null before anybody spoke. */
    balance: () => (spoken.mine + spoken.theirs ? spoken.mine / (spoken.mine + spoken.theirs) : null),
    muted: () => muted,
  };
}
