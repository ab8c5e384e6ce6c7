"""The administrators' reports."""
