"""What comes in: stored by `intake`, then handled by a worker, a module for each kind."""
