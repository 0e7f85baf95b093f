"""Makes the voices of the demonstration's pretend volunteers: `python -m stepline.start.voices`.

They are spoken by espeak-ng, a synthesiser, from our own words below, and brought by sox to
8,000 samples a second (as a telephone has), 16 bits, one channel, under 200 kB each. Only
whoever changes the words needs the two programs; the results are kept with the pages' files.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

SHELF = Path(__file__).resolve().parents[1] / "web" / "static" / "demo"
LARGEST_BYTES = 200_000
WORDS = (
    "Hello. This is a made voice. Nobody real is listening. "
    "On a real line, someone who has been there would be with you now. Take your time."
)
# A voice of the synthesiser, its pitch (0 to 99) and its speed in words a minute.
VOICES = {
    "voice-1.wav": ("en+f3", 45, 160),
    "voice-2.wav": ("en+m3", 40, 155),
    "voice-3.wav": ("en+f5", 35, 165),
}


def speak(target: Path, voice: str, pitch: int, words_a_minute: int) -> None:
    """Write one voice; raises CalledProcessError when a program fails."""
    with tempfile.TemporaryDirectory() as folder:
        spoken = Path(folder, "spoken.wav")
        tone = ("-p", str(pitch), "-s", str(words_a_minute), "-g", "1")
        subprocess.run(["espeak-ng", "-v", voice, *tone, "-w", str(spoken), WORDS], check=True)
        form = ("-r", "8000", "-b", "16", "-c", "1")
        # A little silence at the end, since the page plays it again and again.
        subprocess.run(
            ["sox", "-D", str(spoken), *form, str(target), "gain", "-n", "-9", "pad", "0.3", "1"],
            check=True,
        )


def main() -> int:
    """Make every voice; give the exit status."""
    SHELF.mkdir(parents=True, exist_ok=True)
    for name, manner in VOICES.items():
        speak(SHELF / name, *manner)
        size = (SHELF / name).stat().st_size
        print(f"{name}: {size:,} bytes")
        if size > LARGEST_BYTES:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
