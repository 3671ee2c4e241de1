"""The public status page: what everybody may read of how the platform is, as files that any web server can serve."""
