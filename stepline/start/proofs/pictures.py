"""`stepline proof pictures`: every screen as it really looks, from a demonstration that runs.

Each state is reached by pressing what a person would press. The pictures go to docs/pictures, on
a telephone's and a laptop's screen, by day and by night; docs/pictures.md lists them.
"""

import argparse
from pathlib import Path

from stepline.start.clone import clone_folder
from stepline.start.stage import sittings
from stepline.start.stage.camera import Camera
from stepline.start.stage.studio import studio

LARGEST_BYTES = 6_000_000
HEADING = """\
# How it looks

Made by `./run proof pictures` from a demonstration that runs, each state reached by pressing what
a person would press. From left to right: a telephone (390 by 844) by day and by night, a laptop
(1280 by 800) by day and by night.
"""


def main(arguments: list[str]) -> int:
    """Take the pictures of the sittings named, all by default; 0 when all were taken and fit."""
    parser = argparse.ArgumentParser(prog="stepline proof pictures", description=__doc__)
    names = ", ".join(sittings.ALL)
    parser.add_argument("sittings", nargs="*", metavar="SITTING", help=f"of: {names}")
    chosen = parser.parse_args(arguments).sittings or list(sittings.ALL)
    docs = clone_folder("proof pictures") / "docs"
    (docs / "pictures").mkdir(exist_ok=True)
    with studio(docs / "pictures") as set_up:
        for name in chosen:
            sittings.ALL[name](set_up)
            set_up.close_pages()
            print(f"{name}: done", flush=True)
        camera = set_up.camera
    if set(chosen) == set(sittings.ALL):
        forget_others(camera)
        (docs / "pictures.md").write_text(listing(camera), encoding="utf-8")
    print(f"{len(camera.taken)} screens, {camera.bytes_taken() / 1e6:.1f} MB")
    return 0 if camera.bytes_taken() <= LARGEST_BYTES else 1


def forget_others(camera: Camera) -> None:
    """Delete the pictures of screens that are no more."""
    kept = {name for files in camera.taken.values() for name in files}
    for path in camera.folder.glob("*.webp"):
        if path.name not in kept:
            path.unlink()


def listing(camera: Camera) -> str:
    """Write the document that shows all pictures."""
    parts = [HEADING]
    for name, files in camera.taken.items():
        title = name.replace("-", " ").capitalize()
        images = " ".join(shown(Path(file), title) for file in files)
        parts.append(f"## {title}\n\n{images}\n")
    return "\n".join(parts)


def shown(file: Path, title: str) -> str:
    """Write one picture, small, with what it shows."""
    _, size, theme = file.stem.rsplit("-", 2)
    width = 130 if size == "390" else 300
    return f'<img src="pictures/{file.name}" width="{width}" alt="{title}, {size} wide, {theme}">'
