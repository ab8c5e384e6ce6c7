"""Pages and acts around courses; each finds what its visitor may see, and only that."""
