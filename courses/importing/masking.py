"""Keeping code out of a conversion: what looks like a tag inside code is code."""

import re

# Noncharacters, which no text may use: they mark where the code stood.
OPEN, CLOSE = "\ufdd0", "\ufdd1"
FENCE = re.compile(r"[ \t>]*(?:[-*+] +|\d+[.)] +)?(`{3,}|~{3,})([^`]*)$")
CODE_SPAN = re.compile(r"(?<![`\\])(`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)\1(?!`)", re.DOTALL)
FORMULA = re.compile(r"\\\\\((.{1,2000}?)\\\\\)|\\\\\[(.{1,2000}?)\\\\\]", re.DOTALL)
PLACE = re.compile(f"{OPEN}(\\d+){CLOSE}")


class Mask:
    """The text with its code taken out, and the way back.

    A fenced block is replaced by one mark on a line of its own, a code span by a mark in its line.
    """

    def __init__(self, text: str) -> None:
        self.pieces: list[str] = []
        text = text.replace(OPEN, "").replace(CLOSE, "")
        self.text = CODE_SPAN.sub(lambda found: self._take(found[0]), self._without_fences(text))

    def restore(self, text: str) -> str:
        """The text with the code back in its places."""
        return PLACE.sub(lambda found: self.pieces[int(found[1])], text)

    def _take(self, piece: str) -> str:
        self.pieces.append(piece)
        return f"{OPEN}{len(self.pieces) - 1}{CLOSE}"

    def _without_fences(self, text: str) -> str:
        kept: list[str] = []
        block: list[str] = []
        fence = ""
        for line in text.split("\n"):
            found = FENCE.match(line)
            if fence:
                block.append(line)
                if found and found[1].startswith(fence) and not found[2].strip():
                    kept.append(self._take("\n".join(block)))
                    fence = ""
            elif found:
                fence, block = found[1], [line]
            else:
                kept.append(line)
        if fence:
            kept.append(self._take("\n".join(block)))
        return "\n".join(kept)
