// What is heard of the others: silent until the voices join, then low, then rising.

const FIRST_VOLUME = 0.1;
const RISE_MS = 3000;
const STEP_MS = 100;
const LOOP_PAUSE_MS = 2500;

/** @typedef {{element: HTMLAudioElement, ended: AbortController, rising: number}} Voice */

/**
 * Give the means to play each seat's voice; the page's own element plays the first of them.
 * @param {HTMLAudioElement} own
 * @param {{onBlocked: (isBlocked: boolean) => void}} options
 */
export function createPlaying(own, { onBlocked }) {
  /** @type {Map<string, Voice>} */
  const voices = new Map();
  let isAudible = false;
  let isBlocked = false;

  /** @param {boolean} now */
  function block(now) {
    if (now === isBlocked) return;
    isBlocked = now;
    onBlocked(now);
  }

  /** @param {string} seat */
  function voiceOf(seat) {
    const known = voices.get(seat);
    if (known) return known;
    const isOwnFree = ![...voices.values()].some(({ element }) => element === own);
    const element = isOwnFree ? own : document.createElement("audio");
    const voice = { element, ended: new AbortController(), rising: 0 };
    element.muted = true;
    voices.set(seat, voice);
    return voice;
  }

  /** Raise the volume from low to full. @param {Voice} voice */
  function rise(voice) {
    window.clearInterval(voice.rising);
    voice.element.volume = FIRST_VOLUME;
    voice.rising = window.setInterval(() => {
      const louder = voice.element.volume + ((1 - FIRST_VOLUME) * STEP_MS) / RISE_MS;
      voice.element.volume = Math.min(1, louder);
      if (voice.element.volume === 1) window.clearInterval(voice.rising);
    }, STEP_MS);
  }

  /** @param {Voice} voice */
  async function play(voice) {
    try {
      await voice.element.play();
      block(false);
    } catch (error) {
      // Anything else means that it was stopped again meanwhile.
      if (error instanceof DOMException && error.name === "NotAllowedError") block(true);
    }
  }

  /** @param {Voice} voice */
  function letHear(voice) {
    if (!isAudible) return;
    rise(voice);
    voice.element.muted = false;
    void play(voice);
  }

  /** Start a file over after a pause, as long as its voice is there. @param {Voice} voice */
  function loop(voice) {
    voice.element.addEventListener(
      "ended",
      () => window.setTimeout(() => voice.ended.signal.aborted || void play(voice), LOOP_PAUSE_MS),
      { signal: voice.ended.signal },
    );
  }

  return {
    /** @param {string} seat @param {MediaStream} stream */
    stream(seat, stream) {
      const voice = voiceOf(seat);
      if (voice.element.srcObject === stream) return;
      voice.element.srcObject = stream;
      letHear(voice);
    },
    /**
     * Play a file as a seat's voice; `onReady` comes once it could sound.
     * @param {string} seat @param {string} url @param {() => void} onReady
     */
    file(seat, url, onReady) {
      if (voices.has(seat)) return;
      const voice = voiceOf(seat);
      const { signal } = voice.ended;
      voice.element.srcObject = null;
      voice.element.addEventListener("canplay", onReady, { once: true, signal });
      voice.element.preload = "auto";
      voice.element.src = url;
      voice.element.load();
      loop(voice);
      letHear(voice);
    },
    /** Stop what a seat sounds. @param {string} seat */
    drop(seat) {
      const voice = voices.get(seat);
      if (!voice) return;
      voices.delete(seat);
      voice.ended.abort();
      window.clearInterval(voice.rising);
      voice.element.pause();
      voice.element.srcObject = null;
      voice.element.removeAttribute("src");
    },
    /** Let the voices be heard, or silence them. @param {boolean} now */
    audible(now) {
      if (now === isAudible) return;
      isAudible = now;
      for (const voice of voices.values()) {
        voice.element.muted = !now;
        if (now) letHear(voice);
        else voice.element.pause();
      }
    },
    /** Try again, in a press of the person's. */
    hear() {
      for (const voice of voices.values()) if (isAudible) void play(voice);
    },
  };
}
