"""What people write and choose."""
