"""Emergency overrides that somebody looks at afterwards."""
