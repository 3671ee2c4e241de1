"""On call: who it is, and who stands in for whom."""
