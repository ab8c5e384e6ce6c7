"""Every write over more than one row or store."""
