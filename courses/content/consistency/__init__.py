"""What stands in MongoDB, beside what should: for whoever compares the stores and mends them, never for a page."""
