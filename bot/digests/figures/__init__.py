"""Figures that are counted once a day, a file each source: what reports of weeks and months are made of."""
