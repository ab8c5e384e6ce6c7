"""The demo beside its courses: what people say to each other, and what they show."""
