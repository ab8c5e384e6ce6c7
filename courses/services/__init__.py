"""Every write over more than one row, or over both stores, or that leaves an audit row."""
