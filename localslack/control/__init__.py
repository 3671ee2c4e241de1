"""`/_local`: what the page and tests see, do and break; live changes for open pages."""
