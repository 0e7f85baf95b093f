// Run in a page with a witness: the ways that its connections have chosen.
async () => {
  const paths = [];
  for (const connection of window.witness.connections) {
    if (connection.connectionState !== "connected") continue;
    const report = await connection.getStats();
    const transport = [...report.values()].find(({ type }) => type === "transport");
    const pair = report.get(transport.selectedCandidatePairId);
    const end = ({ candidateType, address }) => ({ type: candidateType, address: address ?? "" });
    paths.push({ local: end(report.get(pair.localCandidateId)), remote: end(report.get(pair.remoteCandidateId)) });
  }
  return paths;
};
