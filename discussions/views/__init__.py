"""Pages and acts of conversation; each finds what its visitor may see, and only that."""
