// Put into a page before its own scripts: writes down when something was pressed and sent, which
// signals arrived, and which connections were made. Read by the proofs; changes nothing.
(() => {
  const witness = { marks: [], signals: [], connections: [], streams: 0, snapshots: 0 };
  window.witness = witness;
  const mark = (what) => witness.marks.push({ what, at: performance.timeOrigin + performance.now() });
  document.addEventListener("click", () => mark("press"), true);

  const { fetch } = window;
  window.fetch = (address, options) => {
    const step = options?.body?.get?.("step");
    mark(`sent ${address}${step ? ` ${step}` : ""}`);
    return fetch(address, options);
  };

  const { EventSource } = window;
  window.EventSource = class extends EventSource {
    constructor(address) {
      super(address);
      witness.streams += 1;
      this.addEventListener("snapshot", () => (witness.snapshots += 1));
      this.addEventListener("signal", ({ data }) => witness.signals.push(JSON.parse(data)));
    }
  };

  const { RTCPeerConnection } = window;
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(config) {
      super(config);
      witness.connections.push(this);
    }
  };
})();
