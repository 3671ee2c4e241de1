"""What the page and tests ask beside the Web API, all of it below /_local/: read, act as somebody, cause trouble."""
