"""Reports: now and for oneself, and to whom they are sent by the clock."""
