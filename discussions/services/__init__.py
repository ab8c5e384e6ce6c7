"""Every write over more than one row, or that leaves an audit row or a notification."""
