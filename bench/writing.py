"""Lessons that look like lessons: Markdown of a few thousand characters, the same for the same seed."""

from random import Random

SUBJECTS = (
    "Databases", "Drawing", "Statistics", "Gardening", "Networks", "Harmony", "Typography", "Bookkeeping", "Optics",
    "Carpentry", "Compilers", "Navigation", "Chemistry", "Weaving", "Rhetoric", "Geology", "Photography", "Probability",
    "Astronomy", "Baking",
)  # fmt: skip
APPROACHES = (
    "Practical {}", "{} for Beginners", "{} Step by Step", "Thinking about {}", "{} in Depth", "A Short Course in {}",
    "{} at Work", "Foundations of {}", "{} by Example", "Advanced {}",
)  # fmt: skip
NOUNS = (
    "answer", "balance", "boundary", "cause", "comparison", "condition", "craft", "curve", "decision", "detail",
    "difference", "effect", "error", "evidence", "example", "experiment", "figure", "frame", "habit", "layer", "limit",
    "material", "measure", "method", "model", "observation", "order", "pattern", "plan", "problem", "process",
    "question", "reason", "record", "result", "rule", "sample", "shape", "signal", "source", "step", "structure",
    "surface", "table", "test", "theory", "tool", "value", "weight", "word",
)  # fmt: skip
VERBS = (
    "changes", "confirms", "contains", "describes", "divides", "explains", "follows", "holds", "improves", "joins",
    "limits", "moves", "needs", "orders", "predicts", "reaches", "repeats", "replaces", "shows", "supports", "tests",
)  # fmt: skip
QUALITIES = (
    "careful", "clear", "common", "complete", "direct", "early", "exact", "familiar", "firm", "general", "hidden",
    "large", "late", "local", "modest", "narrow", "new", "open", "ordinary", "patient", "plain", "quiet",
    "rare", "regular", "second", "simple", "small", "steady", "warm", "whole",
)  # fmt: skip
CODE = '''```python
def {noun}(values, limit={number}):
    """Each {other} up to the limit, and how often it was seen."""
    seen = {{}}
    for value in values:
        if value <= limit:
            seen[value] = seen.get(value, 0) + 1
    return sorted(seen.items(), key=lambda pair: pair[1], reverse=True)
```'''


def course_title(number: int) -> str:
    """The title of the course with this number, counted from 0; different up to 200."""
    return APPROACHES[number // len(SUBJECTS) % len(APPROACHES)].format(SUBJECTS[number % len(SUBJECTS)])


def phrase(random: Random) -> str:
    """A title: "A patient comparison"."""
    quality = random.choice(QUALITIES)
    return f"{'An' if quality[0] in 'aeiou' else 'A'} {quality} {random.choice(NOUNS)}"


def sentence(random: Random) -> str:
    words = f"{phrase(random)} {random.choice(VERBS)} the {random.choice(QUALITIES)} {random.choice(NOUNS)}"
    if random.random() < 0.6:
        words += f", and every {random.choice(NOUNS)} {random.choice(VERBS)} one {random.choice(NOUNS)}"
    return f"{words}."


def paragraph(random: Random) -> str:
    text = " ".join(sentence(random) for _ in range(random.randint(3, 6)))
    return text.replace(f" {random.choice(NOUNS)} ", f" **{random.choice(NOUNS)}** ", 1)


def description(random: Random) -> str:
    return f"{paragraph(random)}\n\n{paragraph(random)}\n\n{_list(random)}"


def lesson(random: Random) -> str:
    """A lesson as one writes it: sections, a list, code, a table, a callout."""
    parts = [paragraph(random)]
    for _ in range(random.randint(3, 5)):
        extra = random.choice([_list, _code, _table, _callout])
        parts += [f"## {phrase(random)}", paragraph(random), extra(random), paragraph(random)]
    return "\n\n".join(parts)


def _list(random: Random) -> str:
    return "\n".join(f"- {sentence(random)}" for _ in range(random.randint(3, 6)))


def _code(random: Random) -> str:
    return CODE.format(noun=random.choice(NOUNS), other=random.choice(NOUNS), number=random.randint(2, 99))


def _table(random: Random) -> str:
    rows = [f"| {random.choice(NOUNS)} | {random.choice(QUALITIES)} | {random.randint(1, 900)} |" for _ in range(5)]
    return "\n".join(["| Name | Kind | Number |", "|---|---|--:|", *rows])


def _callout(random: Random) -> str:
    return f"> [!NOTE]\n> {sentence(random)} {sentence(random)}"
