// What to show for a snapshot: pure, no page is touched here. The words are in the templates.

/** @typedef {import("./caller-types.js").Snapshot} Snapshot */
/** @typedef {import("./caller-types.js").Page} Page */
/** @typedef {{screen: string, shown: Set<string>, texts: Record<string, string>}} View */

const OPEN = new Set(["waiting", "choosing", "connecting", "talking", "cut_off", "dialling_help", "kept"]);

/** Whether a call is open. @param {Snapshot} snapshot */
export const isOpen = (snapshot) => snapshot.call !== null && OPEN.has(snapshot.screen);

/** Minutes and seconds, as "4:05". @param {number} seconds */
export const clock = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds) % 60).padStart(2, "0")}`;

/** Seconds as whole minutes, at least one. @param {number} seconds */
export const minutes = (seconds) => String(Math.max(1, Math.ceil(seconds / 60)));

/**
 * The screen, the conditional parts and the texts for a snapshot read `since` seconds ago.
 * @param {Snapshot} snapshot @param {Page} page @param {number} since @returns {View}
 */
export function view(snapshot, page, since) {
  const parts = { ...callParts(snapshot), ...pageParts(snapshot, page) };
  const panel = page.panel === "first" || isOpen(snapshot) ? page.panel : "";
  return {
    screen: panel || snapshot.screen,
    shown: new Set(Object.keys(parts).filter((name) => parts[name])),
    texts: texts(snapshot, since),
  };
}

/** @param {Snapshot} snapshot */
const responder = (snapshot) => snapshot.seats.find((seat) => seat.seat === "responder");

/** @param {Snapshot} snapshot @returns {Record<string, unknown>} */
function callParts(snapshot) {
  const { call_back: back, reason, usual_wait_seconds: usual } = snapshot;
  const name = responder(snapshot)?.name;
  return {
    in_call: isOpen(snapshot),
    in_talk: snapshot.screen === "talking",
    not_in_talk: isOpen(snapshot) && snapshot.screen !== "talking",
    asked: snapshot.asked,
    not_asked: !snapshot.asked,
    place_known: snapshot.place_known,
    ringing: snapshot.ringing > 0,
    looking: snapshot.ringing === 0,
    usual: usual !== null,
    no_usual: usual === null,
    limit: reason === "limit",
    nobody: reason === "nobody",
    no_voice: reason === "no_voice",
    keep: reason !== "no_voice",
    can_anyone: snapshot.can_anyone,
    relax: snapshot.relax,
    slots: back.slots.length > 0,
    no_slots: back.slots.length === 0,
    by_phone: back.promised?.by_phone === true,
    by_page: back.promised?.by_phone === false,
    named: name,
    unnamed: !name,
    help_joining: snapshot.help === "joining",
    help_joined: snapshot.help === "joined",
    minutes: snapshot.seconds_left !== null,
  };
}

/** One thing at a time: a question only once the microphone is settled. @param {Snapshot} snapshot @param {Page} page @returns {Record<string, unknown>} */
function pageParts(snapshot, page) {
  const { voice, elsewhere } = page;
  const isAsking = voice === "unasked" || voice === "waiting";
  const isLacking = voice === "refused" || voice === "missing";
  return {
    elsewhere,
    microphone: (isAsking || isLacking) && !elsewhere,
    asking: isAsking,
    refused: voice === "refused",
    missing: voice === "missing",
    unheard: isLacking,
    reconnecting: voice === "reconnecting",
    silent: voice === "press_to_hear",
    [snapshot.pick ? "pick" : (snapshot.question ?? "no_question")]: !snapshot.relax && (!isAsking || elsewhere),
  };
}

/** @param {Snapshot} snapshot @param {number} since @returns {Record<string, string>} */
function texts(snapshot, since) {
  const promised = snapshot.call_back.promised;
  return {
    usual_minutes: minutes(snapshot.usual_wait_seconds ?? 0),
    name: responder(snapshot)?.name ?? "",
    pick: snapshot.pick?.title ?? "",
    relax: snapshot.relax?.words ?? "",
    elapsed: clock((snapshot.elapsed_seconds ?? 0) + since),
    minutes: minutes((snapshot.seconds_left ?? 0) - since),
    promised_label: promised?.label ?? "",
    promised_code: promised?.code ?? "",
  };
}
