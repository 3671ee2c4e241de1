"""How other systems are called over HTTP: with a bearer token and a limit, and never twice by itself."""

import functools
import ssl

import httpx

TIMEOUT = httpx.Timeout(5.0)


@functools.cache
def authorities() -> ssl.SSLContext:
    """Reading all certificate authorities takes a tenth of a second: once a process."""
    return httpx.create_ssl_context(trust_env=False)


def client(url: str, token: str) -> httpx.AsyncClient:
    """Whoever makes one closes it."""
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT, trust_env=False, verify=authorities())
