"""Pages of time, figures and reports."""
