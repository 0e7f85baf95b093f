// Run in a page with a witness: the loudest frequency of each voice that reaches this page.
async ({ milliseconds }) => {
  const context = new AudioContext();
  await context.resume();
  const joined = window.witness.connections.filter(({ connectionState }) => connectionState === "connected");
  const ears = joined.map((connection) => {
    const analyser = new AnalyserNode(context, { fftSize: 32768, smoothingTimeConstant: 0 });
    const { track } = connection.getReceivers()[0];
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    return { analyser, bins: new Float32Array(analyser.frequencyBinCount), hertz: 0, decibels: -Infinity };
  });
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    await new Promise((resume) => setTimeout(resume, 200));
    for (const ear of ears) {
      ear.analyser.getFloatFrequencyData(ear.bins);
      const peak = ear.bins.reduce((best, decibels, bin, bins) => (decibels > bins[best] ? bin : best), 1);
      if (ear.bins[peak] <= ear.decibels) continue;
      ear.decibels = ear.bins[peak];
      ear.hertz = (peak * context.sampleRate) / ear.analyser.fftSize;
    }
  }
  await context.close();
  return ears.map(({ hertz }) => hertz);
};
