"""What people type, as far as courses are concerned."""
