"""The demo beside its courses: what people say to each other, what they show, and how they have learned."""
