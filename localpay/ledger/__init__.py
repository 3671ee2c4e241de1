"""What there is and what happens to it: objects, their transitions, and the events that tell of them."""
