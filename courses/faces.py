"""A picture for a course that has none: drawn as SVG from its category and address, the same every time.

The category decides the colors and the small sign in the corner, so that its courses look related; the address
decides the composition and which of two tones is the ground. Nothing depends on the process, the day or a random
number, so the answer may be cached for ever.
"""

import hashlib
from collections.abc import Callable
from math import cos, pi, sin

WIDTH, HEIGHT = 320, 180

# Ground, a tone near it, a tone far from it, a light: mid-dark grounds that stand on white and on black pages alike.
Palette = tuple[str, str, str, str]
PALETTES: tuple[Palette, ...] = (
    ("#0f4c55", "#1d7380", "#6fbdb9", "#f2c879"),
    ("#26355e", "#42599b", "#93a9da", "#f4c7a1"),
    ("#4a2b4f", "#76477c", "#c292b8", "#f3cfa8"),
    ("#2f4a34", "#4f7652", "#a5c397", "#f1dfa3"),
    ("#6b3322", "#9c5233", "#dc9f72", "#f6e0bd"),
    ("#30414a", "#546a74", "#a9bdc2", "#eabb76"),
    ("#5b2438", "#8e4157", "#d9929a", "#f5d8bb"),
    ("#5a4716", "#8b6d24", "#d8b75e", "#f6edcd"),
)

# Signs of what a category is about, as strokes in a square of 24; found by words in its address.
SIGNS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("data", "sql"), "M5 6c0-3.5 14-3.5 14 0v12c0 3.5-14 3.5-14 0zM5 6c0 3.5 14 3.5 14 0M5 12c0 3.5 14 3.5 14 0"),
    (("program", "code", "software", "python", "web"), "M9 6l-6 6 6 6M15 6l6 6-6 6"),
    (
        ("design", "art", "photo"),
        "M12 3a9 9 0 1 0 0 18c2 0 2-3 1-4s1-3 3-3h5c0-7-4-11-9-11zM7.5 11v.1M11 7.5v.1M15.5 8v.1",
    ),
    (("math", "statistic", "logic"), "M4 12h5M6.5 9.5v5M14 8l5 5M19 8l-5 5M14 18h5M4 18h5"),
    (
        ("science", "physic", "chemist", "biolog"),
        "M9 3h6M10 3v6L4.5 19c-.5 1 0 2 1.5 2h12c1.5 0 2-1 1.5-2L14 9V3M7.5 15h9",
    ),
    (("language", "writing", "literature"), "M4 20l1-5L16 4l4 4L9 19zM13 7l4 4"),
    (("business", "manage", "econom", "finance", "market"), "M4 20V4M4 20h16M8 16l4-5 3 3 5-7"),
    (("music", "sound", "audio"), "M9 18V6l10-2v12M9 18a2.5 2.5 0 1 1-2.5-2.5H9M19 16a2.5 2.5 0 1 1-2.5-2.5H19"),
    (("health", "medic", "sport"), "M3 12h4l3-7 4 14 3-7h4"),
    (("history", "society", "culture", "philosoph", "law"), "M3 9l9-5 9 5zM5 20h14M7 10v8M12 10v8M17 10v8"),
    (("community", "open-source", "people", "collab"), "M12 8a3 3 0 1 0 0-.1M5 20c0-4 3-6 7-6s7 2 7 6"),
    (
        ("ai", "machine", "robot", "electronic"),
        "M7 7h10v10H7zM10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4M17 10h4M17 14h4",
    ),
    (("",), "M3 6c4-2 7-1 9 1 2-2 5-3 9-1v13c-4-2-7-1-9 1-2-2-5-3-9-1zM12 7v13"),
)


class Dice:
    """Numbers that only depend on the seed, as many as are asked for."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.count = 0

    def roll(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        self.count += 1
        digest = hashlib.sha256(f"{self.seed}/{self.count}".encode()).digest()
        return low + int.from_bytes(digest[:4], "big") % (high - low + 1)


def draw(category_slug: str, slug: str) -> str:
    """An SVG picture of 16:9, without words: decoration that gives the course a face."""
    colors = Dice(f"category:{category_slug}")
    palette = PALETTES[colors.roll(0, len(PALETTES) - 1)]
    dice = Dice(f"{category_slug}:{slug}")
    if dice.roll(0, 2) == 0:
        palette = (palette[1], palette[0], *palette[2:])
    composition = COMPOSITIONS[dice.roll(0, len(COMPOSITIONS) - 1)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{palette[0]}"/>'
        f"{composition(dice, palette)}{_sign(category_slug, palette)}</svg>"
    )


def _sign(category_slug: str, palette: Palette) -> str:
    words = f"-{category_slug.lower()}"
    strokes = next(path for keys, path in SIGNS if any(not key or f"-{key}" in words for key in keys))
    return (
        f'<circle cx="30" cy="{HEIGHT - 30}" r="18" fill="{palette[0]}"/>'
        f'<path transform="translate(20 {HEIGHT - 40}) scale(.8333)" d="{strokes}" fill="none" stroke="{palette[3]}"'
        ' stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/>'
    )


def _tiles(dice: Dice, palette: Palette) -> str:
    """Quarter circles on a grid, turned this way and that."""
    size = 60 if dice.roll(0, 1) else 45
    shapes = []
    for top in range(0, HEIGHT, size):
        for left in range(0, WIDTH, size):
            if (kind := dice.roll(0, 6)) > 4:
                continue
            color = palette[3] if dice.roll(0, 11) == 0 else palette[1 + kind % 2]
            x, y = left + size * dice.roll(0, 1), top + size * dice.roll(0, 1)
            across = size if x == left else -size
            down = size if y == top else -size
            sweep = int((across > 0) == (down > 0))
            shapes.append(f'<path d="M{x} {y}h{across}a{size} {size} 0 0 {sweep}{-across} {down}z" fill="{color}"/>')
    return "".join(shapes)


def _hills(dice: Dice, palette: Palette) -> str:
    """A low sun behind three ranges of hills."""
    x, y, radius = dice.roll(60, 260), dice.roll(40, 80), dice.roll(18, 34)
    shapes = [f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{palette[3]}"/>']
    for layer, color in enumerate((palette[2], palette[1], palette[0])):
        base = 70 + layer * 36
        points = [base + dice.roll(-24, 24) for _ in range(5)]
        curve = f"M0 {points[0]}"
        for step in range(4):
            left, right = step * 80, step * 80 + 80
            curve += f"C{left + 40} {points[step]} {left + 40} {points[step + 1]} {right} {points[step + 1]}"
        shapes.append(f'<path d="{curve}V{HEIGHT}H0z" fill="{color}"/>')
    return "".join(shapes)


def _halftone(dice: Dice, palette: Palette) -> str:
    """Dots that swell towards one point."""
    x, y = dice.roll(60, 260), dice.roll(30, 150)
    reach = dice.roll(110, 170)
    near, far = [], []
    for row in range(10):
        for column in range(17):
            cx, cy = column * 20 + 10 * (row % 2), row * 20
            distance = ((cx - x) ** 2 + (cy - y) ** 2) ** 0.5
            radius = max(1.5, 9.5 * (1 - distance / reach))
            circle = f'<circle cx="{cx}" cy="{cy}" r="{radius:.1f}"/>'
            (near if radius > 6.5 else far).append(circle)
    return f'<g fill="{palette[1]}">{"".join(far)}</g><g fill="{palette[2]}">{"".join(near)}</g>'


def _orbits(dice: Dice, palette: Palette) -> str:
    """Rings around a point, with a few bodies on them."""
    x, y = dice.roll(90, 230), dice.roll(60, 120)
    shapes = [f'<circle cx="{x}" cy="{y}" r="{dice.roll(14, 22)}" fill="{palette[2]}"/>']
    gap = dice.roll(22, 30)
    for ring in range(1, 9):
        radius = 14 + ring * gap
        shapes.append(f'<circle cx="{x}" cy="{y}" r="{radius}" fill="none" stroke="{palette[1]}" stroke-width="2"/>')
        if ring < 5:
            angle = dice.roll(0, 359) * pi / 180
            color = palette[3] if ring == 2 else palette[2]
            cx, cy = x + radius * cos(angle), y + radius * sin(angle)
            shapes.append(f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="{dice.roll(4, 9)}" fill="{color}"/>')
    return "".join(shapes)


def _ribbons(dice: Dice, palette: Palette) -> str:
    """Parallel bands that turn a corner together."""
    x, y = dice.roll(90, 200), dice.roll(-10, 30)
    width = dice.roll(11, 16)
    shapes = []
    for band in range(7):
        radius = 20 + band * width * 1.35
        color = palette[3] if band == 2 else palette[1 + band % 2]
        path = f"M{x - radius:.0f} {HEIGHT}V{y + 110}a{radius:.0f} {radius:.0f} 0 0 1 {2 * radius:.0f} 0V{HEIGHT}"
        shapes.append(f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{width}"/>')
    return "".join(shapes)


def _blocks(dice: Dice, palette: Palette) -> str:
    """Columns of blocks, higher and lower, one of them lit."""
    count = dice.roll(8, 11)
    width = WIDTH / count
    lit = dice.roll(2, count - 2)
    shapes = []
    for column in range(count):
        height = dice.roll(30, 140)
        cap = dice.roll(10, 26)
        left, top = column * width, HEIGHT - height
        light = palette[3] if column == lit else palette[2]
        shapes.append(f'<rect x="{left:.1f}" y="{top}" width="{width - 3:.1f}" height="{height}" fill="{palette[1]}"/>')
        shapes.append(f'<rect x="{left:.1f}" y="{top}" width="{width - 3:.1f}" height="{cap}" fill="{light}"/>')
    return "".join(shapes)


COMPOSITIONS: tuple[Callable[[Dice, Palette], str], ...] = (_tiles, _hills, _halftone, _orbits, _ribbons, _blocks)
