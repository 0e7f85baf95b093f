// The ring of a volunteer's page: two soft tones made here, vibration, and the page's title.

const CYCLE_SECONDS = 3;
const TONE_SECONDS = 0.5;
const START_WITHIN_MS = 400;
const NIGHT_FROM_HOUR = 22;
const NIGHT_UNTIL_HOUR = 7;
const VIBRATE_MS = [500, 100, 500, 1900];
const VIBRATE_CYCLES = 20;

/** @typedef {{low: number, high: number, loudness: number}} Tones in hertz; loudness 0 to 1 */
/** @type {Tones} */
const DAY = { low: 494, high: 622, loudness: 0.55 };
/** @type {Tones} */
const NIGHT = { low: 370, high: 466, loudness: 0.2 };

/** Give the tones for the hour of this device's clock. @param {number} hour @returns {Tones} */
export function tonesAt(hour) {
  return hour >= NIGHT_FROM_HOUR || hour < NIGHT_UNTIL_HOUR ? NIGHT : DAY;
}

/** Write one tone that swells and fades, so that it wakes without a jolt.
 * @param {Float32Array} samples @param {number} rate @param {number} fromSeconds
 * @param {number} hertz @param {number} loudness */
function writeTone(samples, rate, fromSeconds, hertz, loudness) {
  const from = Math.floor(fromSeconds * rate);
  const count = Math.floor(TONE_SECONDS * rate);
  for (let i = 0; i < count; i += 1) {
    const swell = Math.sin((Math.PI * i) / count);
    const angle = (2 * Math.PI * hertz * i) / rate;
    samples[from + i] = loudness * swell * (Math.sin(angle) + 0.2 * Math.sin(2 * angle)) * 0.8;
  }
}

/** Make one cycle of the ring; it is looped, so that no timer is needed in a hidden page.
 * @param {AudioContext} context @param {Tones} tones */
function cycleOf(context, tones) {
  const rate = context.sampleRate;
  const buffer = context.createBuffer(1, CYCLE_SECONDS * rate, rate);
  const samples = buffer.getChannelData(0);
  writeTone(samples, rate, 0, tones.low, tones.loudness);
  writeTone(samples, rate, 0.45, tones.high, tones.loudness);
  writeTone(samples, rate, 1.1, tones.low, tones.loudness);
  writeTone(samples, rate, 1.55, tones.high, tones.loudness);
  return buffer;
}

/** Wait for a promise, at most this long. @template T @param {Promise<T>} promise @param {number} ms */
export function within(promise, ms) {
  return Promise.race([promise, new Promise((resolve) => setTimeout(resolve, ms))]);
}

/**
 * Make the page's ringer.
 * @param {{onSound: () => void}} options onSound is called when sound becomes possible or not
 */
export function createRinger({ onSound }) {
  const page = document.documentElement;
  const quietTitle = document.title;
  /** @type {AudioContext | null} */
  let context = null;
  /** @type {AudioBufferSourceNode | null} */
  let source = null;
  let vibrating = 0;

  function audio() {
    if (!context) {
      context = new AudioContext();
      context.addEventListener("statechange", onSound);
    }
    return context;
  }

  /** Let this page sound; call it while a press is handled. Tells whether it can. */
  async function unlock() {
    await within(audio().resume(), START_WITHIN_MS);
    return canSound();
  }

  function canSound() {
    return context?.state === "running";
  }

  function vibrate() {
    if (!("vibrate" in navigator)) return;
    const pattern = Array.from({ length: VIBRATE_CYCLES }, () => VIBRATE_MS).flat();
    navigator.vibrate(pattern);
    vibrating = window.setInterval(() => navigator.vibrate(pattern), CYCLE_SECONDS * VIBRATE_CYCLES * 1000);
  }

  /** Ring until stop(). Tells whether sound has really begun. @param {string} title */
  async function start(title) {
    stop();
    document.title = title;
    page.dataset["ring"] = "silent";
    vibrate();
    const next = audio().createBufferSource();
    source = next;
    if (!(await unlock()) || source !== next) return false;
    next.buffer = cycleOf(audio(), tonesAt(new Date().getHours()));
    next.loop = true;
    next.connect(audio().destination);
    next.start();
    page.dataset["ring"] = "sound";
    return true;
  }

  function stop() {
    if (source?.buffer) source.stop();
    source?.disconnect();
    source = null;
    window.clearInterval(vibrating);
    if ("vibrate" in navigator && page.dataset["ring"] !== "off") navigator.vibrate(0);
    page.dataset["ring"] = "off";
    document.title = quietTitle;
  }

  return { unlock, canSound, start, stop };
}
