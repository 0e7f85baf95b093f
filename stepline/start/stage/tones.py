"""Tones as microphones: what was sent and what was heard can then be told apart."""

import math
import wave
from array import array
from pathlib import Path

RATE_HZ = 48_000
SECONDS = 4
LOUDNESS = 0.6
# A tone that swells twice a second is no steady noise that a browser would filter out.
SWELLS_HZ = 2


def write_tone(path: Path, hertz: int) -> None:
    """Write a WAV file (mono, 16 bits) of one swelling tone that can be looped without a click."""
    samples = array("h", (_sample(hertz, number / RATE_HZ) for number in range(RATE_HZ * SECONDS)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(samples.itemsize)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())


def _sample(hertz: int, seconds: float) -> int:
    swell = 0.55 - 0.45 * math.cos(2 * math.pi * SWELLS_HZ * seconds)
    return round(32767 * LOUDNESS * swell * math.sin(2 * math.pi * hertz * seconds))
