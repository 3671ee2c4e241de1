"""What the page and other processes see of an account, and what they can do to it."""
