// Run in a page: listens to what an audio element was given and tells its loudest frequency.
async ({ id, milliseconds }) => {
  const element = document.getElementById(id);
  const context = new AudioContext();
  await context.resume();
  const analyser = new AnalyserNode(context, { fftSize: 32768, smoothingTimeConstant: 0 });
  context.createMediaStreamSource(element.srcObject).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  const loudest = { hertz: 0, decibels: -Infinity };
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    await new Promise((resume) => setTimeout(resume, 200));
    analyser.getFloatFrequencyData(bins);
    const peak = bins.reduce((best, decibels, bin) => (decibels > bins[best] ? bin : best), 1);
    if (bins[peak] > loudest.decibels) {
      loudest.decibels = bins[peak];
      loudest.hertz = (peak * context.sampleRate) / analyser.fftSize;
    }
  }
  await context.close();
  return { ...loudest, muted: element.muted, paused: element.paused, volume: element.volume };
};
