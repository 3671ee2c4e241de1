"""Secrets at rest: encrypted with the keys of PM_SECRET_KEY, a list of which the newest comes first."""

from collections.abc import Callable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.errors import Misconfigured


def new_key() -> str:
    """A key to put first into PM_SECRET_KEY."""
    return Fernet.generate_key().decode()


class Vault:
    """Encrypts with the first key, reads with any."""

    def __init__(self, keys: str) -> None:
        """Raises `Misconfigured` naming which of them is no key, and never what it is."""
        self._keys = MultiFernet([_key(number, one) for number, one in enumerate(keys.split(","), start=1)])

    def seal(self, secret: str) -> bytes:
        return self._keys.encrypt(secret.encode())

    def open(self, sealed: bytes) -> str:
        """Raises `Misconfigured` where the key that it was sealed with is no longer in the list."""
        return self._known(self._keys.decrypt, sealed).decode()

    def again(self, sealed: bytes) -> bytes:
        """The same secret, sealed with the first key. Raises as `open`."""
        return self._known(self._keys.rotate, sealed)

    def _known(self, read: Callable[[bytes], bytes], sealed: bytes) -> bytes:
        try:
            return read(sealed)
        except InvalidToken:
            raise Misconfigured(
                "A stored secret was encrypted with a key that is not in PM_SECRET_KEY. Put that key back at the end "
                "of the list, run pm secrets rotate, and only then leave it out."
            ) from None


def _key(number: int, text: str) -> Fernet:
    try:
        return Fernet(text.strip())
    except ValueError:
        raise Misconfigured(
            f"Key {number} of PM_SECRET_KEY is not valid. Make one with pm secrets key; separate several by commas."
        ) from None
