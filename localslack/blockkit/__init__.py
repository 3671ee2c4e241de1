"""Block Kit as Slack accepts it: a validator for raw payloads, usable without the rest of the local Slack.

What comes in is what goes over the wire, as parsed JSON; hostile values are complained about, never raised upon.
The limits stand in tables (objects, elements, rich_text, data, cards, blocks), each beside its page of documentation.
"""

from localslack.blockkit.checks import VIEW_TOO_LARGE, check_blocks, check_message, check_options, check_view
from localslack.blockkit.problems import Problem, Surface

__all__ = ["VIEW_TOO_LARGE", "Problem", "Surface", "check_blocks", "check_message", "check_options", "check_view"]
