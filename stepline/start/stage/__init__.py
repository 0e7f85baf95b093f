"""A stage for proofs and browser tests: a line of its own, browsers that speak tones, a relay."""
