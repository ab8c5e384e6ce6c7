"""What somebody asked or sent."""
