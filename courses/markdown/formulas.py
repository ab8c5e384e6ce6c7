"""TeX formulas as MathML, which browsers show without a script."""

import re
from html import escape

from latex2mathml.converter import convert

# The converter recurses with every brace: longer formulas are shown as they were written.
LONGEST = 2_000
DEEPEST = 60
LONGEST_IN_A_LINE = 24
TOKEN = re.compile(r"\\(?:begin|end)\{[^{}]*\}|\\[A-Za-z]+\s*|\\.|.", re.DOTALL)
OPENING = {"{", r"\left"}
CLOSING = {"}", r"\right"}
RELATIONS = {"=", "<", ">", r"\approx", r"\le", r"\leq", r"\ge", r"\geq", r"\equiv", r"\to", r"\Rightarrow", r"\sim"}


def render_math(source: str, *, is_block: bool) -> str:
    """MathML for a formula; the formula as code when it can't be converted. Not safe before it is sanitized."""
    source = source.strip()
    if is_block:
        return f'<div class="lf-math" tabindex="0">{_formula(source, "block")}</div>\n'
    pieces = _pieces(source) if len(source) > LONGEST_IN_A_LINE else [source]
    return " ".join(_formula(piece, "inline") for piece in pieces)


def _formula(source: str, display: str) -> str:
    return _convert(source, display) or f'<code class="lf-math-source">{escape(source)}</code>'


def _pieces(source: str) -> list[str]:
    """A long formula cut before its outer relations: browsers don't break lines within a formula."""
    pieces = [""]
    depth = 0
    for token in TOKEN.findall(source):
        word = token.strip()
        depth += word in OPENING or word.startswith(r"\begin")
        depth -= word in CLOSING or word.startswith(r"\end")
        if depth == 0 and word in RELATIONS and pieces[-1].strip():
            pieces.append("")
        pieces[-1] += token
    return [piece.strip() for piece in pieces] if depth == 0 else [source]


def _convert(source: str, display: str) -> str | None:
    if len(source) > LONGEST or max(source.count("{"), source.count("\\left"), source.count("\\begin")) > DEEPEST:
        return None
    try:
        return convert(source, display=display)
    except Exception:  # its errors have no common ancestor, and any of them means: show the source
        return None
