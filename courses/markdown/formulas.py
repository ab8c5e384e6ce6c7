"""TeX formulas as MathML, which browsers show without a script."""

from html import escape

from latex2mathml.converter import convert

# The converter recurses with every brace: longer formulas are shown as they were written.
LONGEST = 2_000
DEEPEST = 60


def render_math(source: str, *, is_block: bool) -> str:
    """MathML for a formula; the formula as code when it can't be converted. Not safe before it is sanitized."""
    formula = _convert(source.strip(), "block" if is_block else "inline")
    if formula is None:
        formula = f'<code class="lf-math-source">{escape(source.strip())}</code>'
    return f'<div class="lf-math" tabindex="0">{formula}</div>\n' if is_block else formula


def _convert(source: str, display: str) -> str | None:
    if len(source) > LONGEST or max(source.count("{"), source.count("\\left"), source.count("\\begin")) > DEEPEST:
        return None
    try:
        return convert(source, display=display)
    except Exception:  # its errors have no common ancestor, and any of them means: show the source
        return None
