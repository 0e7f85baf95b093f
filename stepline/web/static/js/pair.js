// One connection to one other page. The helper starts with everybody, the responder with the
// caller; the one who starts makes every offer, so that two offers never cross.
//
// Each page load has a session. A hello tells the other side "I am here, as this session": a
// session not met before means a page that was loaded anew, and begins a fresh connection.

const HELLO_EVERY_MS = 3000;
const OFFER_AGAIN_MS = 4000;
const PATIENCE_MS = 1500;
const FRESH_AFTER_TRIES = 3;
const STATS_FAST_MS = 100;
const STATS_MS = 500;
const STALLED_MS = 4000;

/** @typedef {{reply: boolean}} Hello */
/** @typedef {{type: "offer" | "answer", sdp: string}} Description */
/** @typedef {{round: number, hello?: Hello, description?: Description, candidate?: RTCIceCandidateInit}} Item */
/**
 * What a pair needs of the page.
 * @typedef {object} Host
 * @property {string} session
 * @property {() => RTCConfiguration} config
 * @property {() => MediaStream} microphone
 * @property {(to: string | null, item: Item) => void} send
 * @property {(stream: MediaStream) => void} onStream
 * @property {(step: "offer" | "answer" | "connected" | "hearing") => void} onStep
 * @property {() => void} onQuiet
 */

/** Tell which connection of the other page a description belongs to. @param {string | undefined} sdp */
function origin(sdp) {
  return sdp?.match(/^o=\S+ (\d+)/m)?.[1];
}

export class Pair {
  /** @param {boolean} starts @param {Host} host */
  constructor(starts, host) {
    this.starts = starts;
    this.host = host;
    /** @type {RTCPeerConnection | null} */
    this.connection = null;
    /** @type {string | null} */
    this.remote = null;
    /** @type {Set<string>} */
    this.past = new Set();
    /** @type {RTCIceCandidateInit[]} */
    this.early = [];
    this.round = 0;
    this.tries = 0;
    this.offeredAt = -Infinity;
    this.packets = 0;
    this.heardAt = -Infinity;
    this.hears = false;
    this.levels = { mine: 0, theirs: 0 };
    this.isClosed = false;
    /** @type {Promise<void>} */
    this.work = Promise.resolve();
    this.timer = window.setInterval(() => this.tend(), HELLO_EVERY_MS);
    this.counting = window.setTimeout(() => this.count(), STATS_FAST_MS);
    this.hello(false);
  }

  /** Tell whether the path to the other page works. */
  get works() {
    return this.connection?.connectionState === "connected";
  }

  /** Tell for how long nothing was heard. @returns {number} */
  get silentMs() {
    return performance.now() - this.heardAt;
  }

  /** @param {boolean} reply */
  hello(reply) {
    this.host.send(null, { round: this.round, hello: { reply } });
  }

  /** Take one item; one after the other, in the order they came. @param {string} session @param {string | null} to @param {Item} item */
  take(session, to, item) {
    this.work = this.work.then(() => this.handle(session, to, item)).catch(() => this.recover());
  }

  /** @param {string} session @param {string | null} to @param {Item} item */
  async handle(session, to, item) {
    const isForMe = to === null || to === this.host.session;
    if (this.isClosed || !isForMe || this.past.has(session)) return;
    const isNew = session !== this.remote;
    if (isNew && !item.hello && item.description?.type !== "offer") return;
    if (isNew) this.meet(session);
    if (item.hello) await this.greeted(isNew, item.hello.reply);
    else if (item.description?.type === "offer") await this.answer(item.round, item.description);
    else if (item.description) await this.agree(item.round, item.description);
    else if (item.candidate && item.round === this.round) await this.reach(item.candidate);
  }

  /** Turn to a page that was not met before. @param {string} session */
  meet(session) {
    if (this.remote) this.past.add(this.remote);
    this.remote = session;
    this.drop();
  }

  /** @param {boolean} isNew @param {boolean} isReply */
  async greeted(isNew, isReply) {
    if (!this.starts) {
      if (!isReply && (isNew || !this.works)) this.hello(true);
    } else if (isNew) {
      await this.offer(true);
    } else if (!isReply && performance.now() - this.offeredAt > OFFER_AGAIN_MS) {
      // They greet again because they hear nothing of us.
      await this.offer(false);
    }
  }

  open() {
    this.drop();
    const connection = new RTCPeerConnection(this.host.config());
    this.connection = connection;
    const microphone = this.host.microphone();
    for (const track of microphone.getAudioTracks()) connection.addTrack(track, microphone);
    connection.addEventListener("icecandidate", ({ candidate }) => {
      if (!candidate?.candidate || connection !== this.connection) return;
      const { sdpMid, sdpMLineIndex, usernameFragment } = candidate;
      const init = { candidate: candidate.candidate, sdpMid, sdpMLineIndex, usernameFragment };
      this.host.send(this.remote, { round: this.round, candidate: init });
    });
    connection.addEventListener("track", ({ track, streams }) =>
      this.host.onStream(streams[0] ?? new MediaStream([track])),
    );
    connection.addEventListener("connectionstatechange", () => this.changed(connection));
    return connection;
  }

  /** @param {RTCPeerConnection} connection */
  changed(connection) {
    if (connection !== this.connection) return;
    if (this.works) {
      this.tries = 0;
      this.host.onStep("connected");
    } else if (connection.connectionState === "failed") {
      this.recover();
    } else if (connection.connectionState === "disconnected") {
      window.setTimeout(() => connection === this.connection && !this.works && this.recover(), PATIENCE_MS);
    }
  }

  /** Offer to join, on a fresh connection or by a new way for the one there is. @param {boolean} isFresh */
  async offer(isFresh) {
    this.offeredAt = performance.now();
    this.round += 1;
    const kept = isFresh ? null : this.connection;
    const connection = kept ?? this.open();
    if (kept) {
      kept.setConfiguration(this.host.config());
      kept.restartIce();
    }
    this.early = [];
    await connection.setLocalDescription();
    this.describe(connection);
    this.host.onStep("offer");
  }

  /** @param {number} round @param {Description} description */
  async answer(round, description) {
    if (round < this.round && this.connection) return;
    const isSame = origin(this.connection?.remoteDescription?.sdp) === origin(description.sdp);
    const connection = isSame && this.connection ? this.connection : this.open();
    this.round = round;
    this.early = [];
    if (isSame) connection.setConfiguration(this.host.config());
    await connection.setRemoteDescription(description);
    await connection.setLocalDescription();
    this.describe(connection);
    this.host.onStep("answer");
  }

  /** @param {RTCPeerConnection} connection */
  describe({ localDescription }) {
    const { type, sdp } = localDescription ?? { type: "", sdp: "" };
    if (type !== "offer" && type !== "answer") return;
    this.host.send(this.remote, { round: this.round, description: { type, sdp } });
  }

  /** Take the answer to our offer. @param {number} round @param {Description} description */
  async agree(round, description) {
    if (round !== this.round || this.connection?.signalingState !== "have-local-offer") return;
    await this.connection.setRemoteDescription(description);
    for (const candidate of this.early.splice(0)) await this.connection.addIceCandidate(candidate);
  }

  /** @param {RTCIceCandidateInit} candidate */
  async reach(candidate) {
    // Until the answer to the latest offer is here, a candidate can't be told what it belongs to.
    if (this.connection?.signalingState === "stable") await this.connection.addIceCandidate(candidate);
    else this.early.push(candidate);
  }

  /** Look for a new way to the other page. */
  recover() {
    if (this.isClosed) return;
    if (!this.starts || !this.remote) return this.hello(false);
    if (performance.now() - this.offeredAt < PATIENCE_MS) return;
    this.tries += 1;
    const isUsable = this.connection && this.connection.signalingState !== "closed";
    const isFresh = !isUsable || this.tries > FRESH_AFTER_TRIES;
    if (isFresh) this.tries = 0;
    this.work = this.work.then(() => this.offer(isFresh)).catch(() => undefined);
  }

  /** From time to time: greet until joined, and look again when joining takes too long. */
  tend() {
    const isLate = performance.now() - this.offeredAt > OFFER_AGAIN_MS;
    if (!this.works) {
      if (!this.remote || !this.starts) this.hello(false);
      else if (isLate) this.recover();
    } else if (this.hears && this.silentMs > STALLED_MS && isLate) {
      this.recover();
    }
  }

  /** Count what arrives: packets prove that the other side is really heard. */
  async count() {
    const report = await this.connection?.getStats().catch(() => null);
    if (this.isClosed) return;
    let packets = 0;
    report?.forEach((one) => {
      if (one.type === "inbound-rtp") packets += one.packetsReceived;
      if (one.type === "inbound-rtp") this.levels.theirs = one.audioLevel ?? 0;
      if (one.type === "media-source") this.levels.mine = one.audioLevel ?? 0;
    });
    if (packets > this.packets) this.heard();
    else if (this.hears) this.host.onQuiet();
    this.packets = packets;
    this.counting = window.setTimeout(() => this.count(), this.hears ? STATS_MS : STATS_FAST_MS);
  }

  heard() {
    this.heardAt = performance.now();
    this.hears = true;
    this.host.onStep("hearing");
  }

  /** Speak through another microphone. @param {MediaStreamTrack} track */
  async speakThrough(track) {
    const sender = this.connection?.getSenders()[0];
    await sender?.replaceTrack(track);
  }

  drop() {
    this.connection?.close();
    this.connection = null;
    this.packets = 0;
    this.early = [];
  }

  close() {
    this.isClosed = true;
    window.clearInterval(this.timer);
    window.clearTimeout(this.counting);
    this.drop();
  }
}
