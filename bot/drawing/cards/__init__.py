"""One file a kind of card: which facts its template is given."""
