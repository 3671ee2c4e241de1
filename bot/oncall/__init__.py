"""On call: a note at each hand-over, and what those concerned hear of a swap."""
