"""Code blocks, colored by classes (the page's policy allows no styles)."""

import re
from html import escape
from time import monotonic

from django.utils.translation import gettext
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType

# Longer blocks are shown in one color: a page of colored spans grows to many times its text.
LONGEST = 20_000
LONGEST_LINE = 1_000
BLANK_LINES = "\n" * 50
# Some lexers take quadratic time for a crafted block. What isn't colored by then stays in one color.
SECONDS_PER_TEXT = 1.0
TOKEN_CLASSES = frozenset(name for name in STANDARD_TYPES.values() if name)
# Lexers are regular expressions run over what anybody wrote: only those that lessons use.
_SPOKEN = """
awk bash bat c clojure cmake console cpp csharp css dart diff django docker dockerfile elixir erlang fortran go
graphql groovy haskell html http ini java javascript jinja js json julia kotlin latex less lisp lua make makefile
markdown matlab md nginx nix objective-c ocaml octave pascal perl php powershell prolog protobuf ps1 pycon py pytb
python python3 r rb rego rst ruby rust scala scheme scss sh shell shell-session sql postgresql psql sqlite3 swift tcl
terraform tex toml ts tsx jsx typescript verilog vhdl vim vue xml yaml yml zig zsh
"""
LANGUAGES = frozenset(_SPOKEN.split())
OUTPUTS = {"output", "out", "error", "result"}
PLAIN = {"", "text", "plain", "txt", "none", "plaintext"}


class Budget:
    """The time that coloring may still take in one text, in seconds."""

    def __init__(self) -> None:
        self.left = SECONDS_PER_TEXT

    def has_time(self, started: float) -> bool:
        """Whether there is time left after all since `started` is spent."""
        return monotonic() - started < self.left

    def close(self, started: float) -> None:
        self.left -= monotonic() - started


def render_code(source: str, info: str, budget: Budget) -> str:
    """A code block. `info` is what stands behind the fence: a language, and `out` for what a program printed."""
    words = re.split(r"[\s,{}]+", info.strip().lower().strip("{"))
    language = words[0].lstrip(".")
    is_output = language in OUTPUTS or "out" in words[1:]
    classes = "lf-code lf-output" if is_output else "lf-code"
    label = _label(language, is_output)
    data = f' data-language="{escape(label)}"' if label else ""
    return f'<pre class="{classes}" tabindex="0"{data}><code>{_colored(source, language, budget)}</code></pre>\n'


def _label(language: str, is_output: bool) -> str:
    if language == "error":
        return gettext("Error")
    if is_output:
        return gettext("Output")
    return "" if language in PLAIN else language[:30]


def _colored(source: str, language: str, budget: Budget) -> str:
    if language not in LANGUAGES or _is_unlikely(source):
        return escape(source)
    started = monotonic()
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    pieces: list[str] = []
    done = 0
    for start, kind, text in lexer.get_tokens_unprocessed(source):
        if not budget.has_time(started):
            break
        pieces.append(_piece(kind, text))
        done = start + len(text)
    budget.close(started)
    return "".join(pieces) + escape(source[done:])


def _is_unlikely(source: str) -> bool:
    """Whether no person wrote this as an example: lexers are slowest on such text."""
    return len(source) > LONGEST or BLANK_LINES in source or max(map(len, source.split("\n"))) > LONGEST_LINE


def _piece(kind: _TokenType, text: str) -> str:
    while kind not in STANDARD_TYPES and kind.parent:
        kind = kind.parent
    name = STANDARD_TYPES.get(kind, "")
    return f'<span class="{name}">{escape(text)}</span>' if name else escape(text)
