"""Durations as people say them."""

import datetime as dt


def in_words(time: dt.timedelta) -> str:
    """To two units: `40 s`, `9 min`, `1 h 40 min`; seconds only below ten minutes."""
    seconds = max(0, round(time.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        minutes, rest = divmod(seconds, 60)
        return f"{minutes} min" + (f" {rest} s" if rest and minutes < 10 else "")
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h" + (f" {minutes} min" if minutes else "")
