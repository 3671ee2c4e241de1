"""What actions are told: each parameter reads what was typed, and loads what was kept in a plan."""
