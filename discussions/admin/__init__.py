"""What was reported, for those who look after it."""
