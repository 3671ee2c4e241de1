"""The pictures of people and the app: a letter on a colour, of any size, at this Slack's own address."""

import hashlib
import html
from collections.abc import Iterable

from localslack.workspace.model import Json

OF_PEOPLE = (24, 32, 48, 72, 192, 512)
OF_BOTS = (36, 48, 72)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 36 36">'
    '<rect width="36" height="36" rx="8" fill="hsl({hue} 45% 42%)"/><text x="18" y="24" font-size="17"'
    ' font-family="sans-serif" fill="#fff" text-anchor="middle">{letter}</text></svg>'
)


def avatar_hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:12]


def images(base_url: str, of: str, sizes: Iterable[int]) -> Json:
    """{"image_48": address, …} of a person's or the bot's picture."""
    return {f"image_{size}": f"{base_url}/avatars/{of}/{size}" for size in sizes}


def drawn(name: str, size: int) -> str:
    """The picture as SVG."""
    hue = int(avatar_hash(name), 16) % 360
    return SVG.format(size=size, hue=hue, letter=html.escape(name[:1].upper()))
