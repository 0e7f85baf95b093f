"""Text that identifies somebody, encrypted in its row, and found by blind index.

AES-GCM-SIV (RFC 8452) with the table, column and row id as associated data: a value copied
into another row or column is refused. One leading byte names the key, so keys rotate: the
first key of STEPLINE_SEALING_KEYS seals, every listed one still opens.
"""

import hashlib
import hmac
import os
from typing import Any, Self, overload

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

NONCE_BYTES = 12


class CannotOpen(Exception):
    """The sealed bytes were made by no key we hold, or moved from another row."""


def key_id(key: bytes) -> int:
    """Give the one-byte name of a key: the first byte of its SHA-256."""
    return hashlib.sha256(key).digest()[0]


def seal(text: str, place: str) -> bytes:
    """Encrypt text for one place (table.column:row id) under the current key."""
    if not settings.STEPLINE_SEALING_KEYS:
        raise ImproperlyConfigured("STEPLINE_SEALING_KEYS is not set: nothing can be kept.")
    key = settings.STEPLINE_SEALING_KEYS[0]
    nonce = os.urandom(NONCE_BYTES)
    return (
        bytes([key_id(key)]) + nonce + AESGCMSIV(key).encrypt(nonce, text.encode(), place.encode())
    )


def unseal(sealed: bytes, place: str) -> str:
    """Decrypt what `seal` made for the same place; raises CannotOpen."""
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    for key in settings.STEPLINE_SEALING_KEYS:
        if key_id(key) != sealed[0]:
            continue
        try:
            return AESGCMSIV(key).decrypt(nonce, body, place.encode()).decode()
        except InvalidTag:
            continue
    raise CannotOpen(place.split(":", maxsplit=1)[0])


def blind_index(kind: str, text: str) -> bytes:
    """Give the keyed fingerprint by which a sealed text is found again (HMAC-SHA-256)."""
    if not settings.STEPLINE_INDEX_KEY:
        raise ImproperlyConfigured("STEPLINE_INDEX_KEY is not set: nothing can be found.")
    return hmac.new(settings.STEPLINE_INDEX_KEY, f"{kind}:{text}".encode(), hashlib.sha256).digest()


class Sealed:
    """A text attribute kept encrypted in the binary column `<name>_sealed` beside it.

    The row's id must exist before the text is set: our rows get theirs when made.
    """

    def __set_name__(self, owner: type[models.Model], name: str) -> None:
        self.name = name
        self.column = f"{name}_sealed"

    def place(self, row: models.Model) -> str:
        """Name the one place where a value of this column may stand."""
        return f"{type(row).__name__.lower()}.{self.name}:{row.pk}"

    @overload
    def __get__(self, row: None, owner: type[models.Model]) -> Self: ...
    @overload
    def __get__(self, row: models.Model, owner: type[models.Model]) -> str: ...
    def __get__(self, row: models.Model | None, owner: type[models.Model]) -> Self | str:
        if row is None:
            return self
        kept: Any = getattr(row, self.column)
        return unseal(bytes(kept), self.place(row)) if kept else ""

    def __set__(self, row: models.Model, text: str) -> None:
        setattr(row, self.column, seal(text, self.place(row)) if text else None)
