"""The pictures of the demo's posts, drawn anew each time, the same every time."""

from collections.abc import Callable
from io import BytesIO
from random import Random

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

SIZE = (1200, 800)
SMOOTH = 2  # drawn larger and made smaller, so that edges aren't jagged
NIGHT, ROOFS, PAPER, LINE = (14, 20, 38), (5, 7, 13), (250, 248, 243), (214, 208, 196)
INKS = ((33, 110, 118), (196, 98, 45), (96, 84, 150), (62, 128, 74), (176, 52, 88))


def draw(name: str) -> "tuple[ContentFile[bytes], tuple[int, int]]":
    """The picture of this name as WebP, and its size."""
    large = Image.new("RGB", (SIZE[0] * SMOOTH, SIZE[1] * SMOOTH), PAPER)
    DRAWN[name](ImageDraw.Draw(large), Random(name))
    written = BytesIO()
    large.resize(SIZE, Image.Resampling.BOX).save(written, "WEBP", quality=80, method=2)
    return ContentFile(written.getvalue(), name=f"{name}.webp"), SIZE


def star_trails(canvas: ImageDraw.ImageDraw, random: Random) -> None:
    """Stars that turned by 30 degrees around the pole, and roofs below."""
    width, height = SIZE[0] * SMOOTH, SIZE[1] * SMOOTH
    canvas.rectangle((0, 0, width, height), fill=NIGHT)
    x, y = width * 0.56, height * 0.38
    for _ in range(420):
        radius, start = random.uniform(12, width * 0.75), random.uniform(0, 360)
        light = random.randint(70, 255)
        color = (light, light - random.randint(0, 30), light - random.randint(0, 40))
        box = (x - radius, y - radius, x + radius, y + radius)
        canvas.arc(box, start, start + 30, fill=color, width=random.choice((2, 2, 3, 5)))
    left = 0.0
    while left < width:
        wide, top = random.uniform(120, 320), height * random.uniform(0.84, 0.94)
        canvas.rectangle((left, top, left + wide, height), fill=ROOFS)
        canvas.polygon([(left, top), (left + wide / 2, top - wide * 0.28), (left + wide, top)], fill=ROOFS)
        left += wide


def timetable(canvas: ImageDraw.ImageDraw, random: Random) -> None:
    """Eight tools over seventy days: when each was lent."""
    left, top, day, row = 140, 150, 30, 165
    for week in range(11):
        x = left + week * 7 * day
        canvas.line((x, top - 40, x, top + 8 * row), fill=LINE, width=3)
    for tool in range(8):
        y, at = top + tool * row, random.randint(0, 6)
        canvas.line((left, y + 105, left + 70 * day, y + 105), fill=LINE, width=3)
        shelf = (1, 2) if tool in (1, 2) else (3, 14)
        while at < 68:
            days = min(random.randint(3, 8), 70 - at)
            box = (left + at * day + 4, y, left + (at + days) * day - 4, y + 95)
            canvas.rounded_rectangle(box, radius=16, fill=INKS[tool % len(INKS)])
            at += days + random.randint(*shelf)


def sentences(canvas: ImageDraw.ImageDraw, random: Random) -> None:
    """The lengths of sentences, before and after."""
    before = [random.randint(14, 46) for _ in range(14)]
    after = [random.randint(5, 15) for _ in range(13)] + [31]
    random.shuffle(after)
    for number, words in enumerate(before):
        y = 130 + number * 100
        canvas.rounded_rectangle((120, y, 120 + words * 22, y + 62), radius=14, fill=INKS[1])
    canvas.line((1215, 90, 1215, 1510), fill=LINE, width=4)
    for number, words in enumerate(after):
        y = 130 + number * 100
        canvas.rounded_rectangle((1310, y, 1310 + words * 22, y + 62), radius=14, fill=INKS[0])


DRAWN: dict[str, Callable[[ImageDraw.ImageDraw, Random], None]] = {
    each.__name__: each for each in (star_trails, timetable, sentences)
}
