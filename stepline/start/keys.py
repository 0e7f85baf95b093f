"""The keys of one installation: made once, kept in the data folder, readable by its owner alone."""

import base64
import os
import secrets
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from stepline.start.faults import CannotStart

FILE_NAME = "keys.toml"
HEADING = """\
# The keys of this Stepline. Keep a copy in a safe place, apart from the database: without the
# sealing keys and the index key no name or number in it can be read again.
# The first sealing key is used for all that is new; older ones still open what they closed.
"""


def load_keys(data_folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Give the settings that hold keys and that the environment doesn't set already.

    Makes the file of keys the first time. Raises CannotStart when it is damaged, or when others
    on the machine could read it.
    """
    names = [name for name in _new_keys() if not _is_set(name, environment)]
    if not names:
        return {}
    path = data_folder / FILE_NAME
    if not path.exists():
        _write_once(path)
    found = _read(path)
    missing = [name for name in names if name not in found]
    if missing:
        raise CannotStart(f"{path} lacks {', '.join(missing)}. Put the file back from your copy.")
    return {name: found[name] for name in names}


def _is_set(name: str, environment: Mapping[str, str]) -> bool:
    return bool(environment.get(name) or environment.get(f"{name}_FILE"))


def _new_keys() -> dict[str, str]:
    return {
        "STEPLINE_SECRET_KEY": secrets.token_urlsafe(48),
        "STEPLINE_SEALING_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
        "STEPLINE_INDEX_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "STEPLINE_VAPID_PRIVATE_KEY": _vapid_key(),
    }


def _vapid_key() -> str:
    """Make the key that signs web pushes: a P-256 number as unpadded base64url (RFC 8292)."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return base64.urlsafe_b64encode(number.to_bytes(32)).rstrip(b"=").decode()


def _write_once(path: Path) -> None:
    """Write new keys unless another start wrote its own first; never over a file that exists."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    lines = [f'{name} = "{value}"' for name, value in _new_keys().items()]
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(HEADING + "\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        return
    finally:
        fresh.unlink()


def _read(path: Path) -> dict[str, str]:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise CannotStart(f"Others on this machine can read {path}. Run: chmod 600 {path}")
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CannotStart(f"{path} is damaged. Put the file back from your copy.") from error
    return {name: str(value) for name, value in found.items()}
