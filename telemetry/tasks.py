"""What the worker does about time and figures. Every job may run twice, or in two workers at once."""

EVERY_MINUTE = "* * * * *"
