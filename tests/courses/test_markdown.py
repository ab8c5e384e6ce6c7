"""What an author writes, and what stands in the page."""

import re
from html import unescape

import pytest

from courses.markdown import LIMIT, MarkdownTooLong, anchor_id, plain_text, render


def test_text_over_the_limit_is_refused_with_a_sentence():
    with pytest.raises(MarkdownTooLong, match=r"50,001 characters; at most 50,000"):
        render("x" * (LIMIT + 1))


def test_text_at_the_limit_is_rendered():
    assert render("x" * LIMIT).startswith("<p>xxx")


def test_headings_begin_at_h2_and_leave_no_level_out():
    html = render("# One\n\n#### Two\n\n## Three\n\n# Four")
    assert re.findall(r"<(h\d)", html) == ["h2", "h3", "h3", "h2"]


def test_headings_below_the_last_level_stay_headings():
    html = render("\n\n".join("#" * level + " x" for level in range(1, 7)))
    assert re.findall(r"<(h\d)", html) == ["h2", "h3", "h4", "h5", "h6", "h6"]


def test_raw_top_heading_is_demoted():
    assert render("<h1>Raw</h1>") == "<h2>Raw</h2>"


def test_heading_ids_keep_clear_of_the_page():
    assert render("## Main content") == '<h2 id="lf-main-content">Main content</h2>\n'


def test_equal_headings_have_different_ids():
    html = render("## Solution\n\n## Solution")
    assert re.findall(r'id="([^"]+)"', html) == ["lf-solution", "lf-solution-1"]


def test_heading_id_can_be_given():
    assert render("## Numbers must convert {#numbers}") == '<h2 id="lf-numbers">Numbers must convert</h2>\n'


def test_heading_ids_keep_the_marks_of_every_script():
    assert 'id="lf-وضّح-توقعاتك"' in render("## وضّح توقعاتك")


def test_link_to_a_heading_finds_its_id():
    assert '<a href="#lf-setup">there</a>' in render("## Setup\n\n[there](#setup)")


def test_link_to_a_heading_of_another_lesson_finds_its_id():
    assert f'href="../{"a" * 24}/#lf-setup"' in render(f"[x](../{'a' * 24}/#setup)")


def test_anchor_id_is_idempotent():
    assert anchor_id(anchor_id("setup")) == "lf-setup"


def test_links_to_other_sites_pass_nothing_on():
    assert 'rel="nofollow ugc noopener"' in render("[x](https://example.org/)")
    assert 'rel="nofollow ugc noopener"' in render("[x](//example.org/)")


def test_links_inside_are_plain():
    assert render("[x](/courses/)") == '<p><a href="/courses/">x</a></p>\n'


def test_raw_links_to_other_sites_pass_nothing_on_either():
    assert 'rel="nofollow ugc noopener"' in render('a <a href="https://example.org" rel="dofollow">x</a>')


def test_targets_are_resolved_in_markdown_and_in_raw_html():
    targets = {"fig/a.png": "/media/a.png", "b.md": "../b/"}
    html = render('![A](fig/a.png) [B](b.md) <img src="fig/a.png"> <a href="b.md">B</a>', resolve=targets.get)
    assert html.count('src="/media/a.png"') == 2
    assert html.count('href="../b/"') == 2


def test_target_resolved_to_nothing_leaves_the_words():
    html = render("[words](gone.md) ![A tree](gone.png)", resolve=lambda url: "")
    assert html == '<p><a>words</a> <span class="lf-missing">A tree</span></p>\n'


def test_resolving_cannot_bring_a_script():
    assert "javascript" not in render("[x](a)", resolve=lambda url: "javascript:alert(1)")


def test_pictures_load_late_and_keep_their_description():
    assert render("![A *tree*](/media/tree.png)") == (
        '<p><img src="/media/tree.png" alt="A tree" loading="lazy"></p>\n'
    )


def test_picture_has_room_before_it_is_there():
    assert 'width="640" height="480"' in render("![](/media/ab-640x480.png)")


def test_narrower_picture_keeps_its_shape():
    assert 'width="320" height="240"' in render('<img src="/media/ab-640x480.png" width="320">')


def test_code_is_colored_by_classes_and_says_its_language():
    html = render("```python\nprint('x')\n```")
    assert html.startswith(
        '<pre class="lf-code" tabindex="0" data-language="python"><code><span class="nb">print</span>'
    )
    assert "style" not in html


def test_code_of_an_unknown_language_is_plain():
    html = render("```brainfog\n<b>\n```")
    assert html == '<pre class="lf-code" tabindex="0" data-language="brainfog"><code>&lt;b&gt;\n</code></pre>\n'


def test_what_a_program_printed_is_output():
    assert 'class="lf-code lf-output" tabindex="0" data-language="Output"' in render("```python out\n1\n```")
    assert 'data-language="Error"' in render("```error\nNo\n```")


def test_long_code_is_plain():
    assert "<span" not in render("```python\n" + "print(1)\n" * 3_000 + "```")


def test_colored_code_is_the_code():
    code = 'def f(a):\n    return f"{a!r} <&>"  # fine\n\n\n@x\nclass A: ...\n'
    html = render(f"```py\n{code}```")
    assert plain(html) == code


def plain(html):
    return unescape(re.sub(r"<[^>]+>", "", html)).removesuffix("\n")


def test_table_scrolls_inside_itself_and_aligns_by_class():
    html = render("| a | b |\n|:-:|--:|\n| 1 | 2 |")
    assert html.startswith('<div class="lf-table" tabindex="0"><table>')
    assert '<th scope="col" class="lf-center">a</th>' in html
    assert '<td class="lf-end">2</td>' in html


def test_empty_corner_of_a_table_is_no_header():
    html = render("| | a |\n|---|---|\n| x | 1 |")
    assert '<td></td>\n<th scope="col">a</th>' in html


def test_raw_table_scrolls_inside_itself_too():
    assert '<div class="lf-table" tabindex="0"><table>' in render("<table><tr><td>1</td></tr></table>")


def test_callout_of_a_quote():
    html = render("> [!WARNING]\n> Mind *this*.")
    assert html == (
        '<div class="lf-callout lf-callout-warning" role="note">\n<p class="lf-callout-title">Warning</p>\n'
        "<p>Mind <em>this</em>.</p>\n</div>\n"
    )


def test_callout_of_a_division_takes_its_first_heading_for_a_title():
    html = render("::: callout\n\n## Why *so*?\n\nBecause.\n\n:::")
    assert '<p class="lf-callout-title">Why <em>so</em>?</p>' in html
    assert "<h2" not in html


def test_callout_can_be_titled_in_its_first_line():
    assert '<p class="lf-callout-title">Mind the gap</p>' in render("::: note Mind the gap\nx\n:::")
    assert '<p class="lf-callout-title">&lt;b&gt;</p>' in render("::: note <b>\nx\n:::")


@pytest.mark.parametrize("opening", ["::: {.challenge}", "::: challenge", ":::: challenge ::::", ":::challenge"])
def test_division_is_written_in_several_ways(opening):
    assert "lf-callout-challenge" in render(f"{opening}\nx\n:::")


def test_solution_is_folded_inside_its_challenge():
    html = render("::::: challenge\nDo it.\n\n::: solution\nDone.\n:::\n\n:::::")
    assert (
        html.index("lf-callout-challenge") < html.index("<details") < html.index("</details>") < html.rindex("</div>")
    )
    assert "<summary>Solution</summary>" in html


def test_division_of_an_unknown_kind_is_shown_by_its_name():
    assert '<p class="lf-callout-title">Group tab</p>' in render("::: group-tab\nx\n:::")


def test_division_left_open_ends_with_the_text():
    html = render("::: note\nx\n\n- a\n  ::: tip\n  b\n- c")
    assert html.count("<div") == html.count("</div>") == 2
    assert "b</div>\n</li>\n<li>c</li>\n</ul>\n</div>" in html


def test_division_ends_a_list_without_a_blank_line():
    assert render("- a\n::: note\nx\n:::").startswith("<ul>\n<li>a</li>\n</ul>\n<div")


def test_colons_in_code_are_code():
    assert render("```\n::: note\n```").count("::: note") == 1


def test_formulas_are_mathml():
    assert "<math" in render("$a^2$") and 'display="block"' in render("$$\na^2\n$$")


def test_prices_are_not_formulas():
    assert render("It costs $5 and $6.") == "<p>It costs $5 and $6.</p>\n"


def test_formula_that_cannot_be_read_is_shown_as_written():
    deep = r"\frac{" * 100
    assert f'<code class="lf-math-source">{deep}</code>' in render(f"${deep}$")


def test_tasks_are_read_aloud_as_such():
    html = render("- [ ] open\n- [x] done")
    assert '<ul class="lf-tasks">' in html
    assert '<span class="lf-task">☐</span> open' in html
    assert '<span class="lf-task">☑</span> done' in html


def test_footnotes_lead_there_and_back():
    html = render("A[^n] B[^n]\n\n[^n]: Note.")
    ids = set(re.findall(r'id="([^"]+)"', html))
    assert {target.removeprefix("#") for target in re.findall(r'href="([^"]+)"', html)} == ids
    assert 'aria-label="Back to the text"' in html


def test_definition_lists():
    assert render("Term\n:   Meaning") == "<dl>\n<dt>Term</dt>\n<dd>Meaning</dd>\n</dl>\n"


def test_right_to_left_text_keeps_its_direction():
    assert render('<div dir="rtl">\n\nمرحبا **بك**\n\n</div>') == (
        '<div dir="rtl">\n<p>مرحبا <strong>بك</strong></p>\n</div>'
    )


@pytest.mark.parametrize(
    "kept",
    [
        "<kbd>Esc</kbd>",
        "<sub>2</sub>",
        "<sup>2</sup>",
        '<abbr title="x">X</abbr>',
        "<mark>m</mark>",
        "<ruby>漢<rt>kan</rt></ruby>",
        '<span lang="fr">bon</span>',
        "<bdi>x</bdi>",
    ],
)
def test_raw_html_that_says_something_is_kept(kept):
    assert render(f"a {kept}") == f"<p>a {kept}</p>\n"


def test_folded_details_are_kept():
    html = render("<details><summary>More</summary>\n\n*x*\n\n</details>")
    assert html == "<details><summary>More</summary>\n<p><em>x</em></p>\n</details>"


@pytest.mark.parametrize(
    "tag", ["main", "nav", "aside", "header", "footer", "section", "h1", "form", "button", "input"]
)
def test_tags_of_the_page_are_not_for_authors(tag):
    assert f"<{tag}" not in render(f"<{tag}>x</{tag}>\n\na <{tag}>x</{tag}>")


def test_classes_of_the_page_are_not_for_authors():
    assert render('a <span class="btn alert k">x</span>') == '<p>a <span class="k">x</span></p>\n'


def test_lone_surrogates_and_controls_do_no_harm():
    assert render("a\ud800b\0c\x1b") == "<p>a?b\ufffdc\x1b</p>\n"


def test_plain_text_is_the_words():
    source = (
        "# Title {#t}\n\nSome *words* in `code`.\n\n```py\nnot()\n```\n\n- one\n- two [link](x) ![pic](y)\n\n<b>raw</b>"
    )
    assert plain_text(source) == "Title Some words in code. one two link pic raw"


def test_plain_text_reads_no_further_than_the_limit():
    assert len(plain_text("word " * LIMIT)) <= LIMIT


def test_long_formula_can_break_before_its_relations():
    html = render(r"$d \approx 57.3 \cdot w / \theta = 57.3 \cdot 0.4 / \left(0.5 = x\right)$")
    assert html.count("<math") == 3


def test_formula_that_is_not_closed_is_not_cut():
    assert render(r"$\frac{aaaaaaaaaaaaaaaaaaaaaaaaaaaa = b}{c$").count("<math") == 1


def test_empty_cell_of_a_heading_row_is_no_heading():
    assert "<thead>\n<tr>\n<td></td>\n<th" in render("| | a |\n|-|-|\n| 1 | 2 |")


def test_a_row_that_stops_early_is_filled_up():
    html = render("a | b\n--|--\n1")
    assert html.count("<td>") == 2


@pytest.mark.parametrize("table", ["|a" * 50 + "\n" + "|-" * 50 + "\n" + "|\n" * 2_400, "a|b\n-|-\n" + "1\n" * 6_000])
def test_a_few_characters_do_not_ask_for_a_table_of_very_many_cells(table):
    assert len(render(table)) < 200_000


def test_many_small_tables_ask_for_no_more_cells_than_one():
    table = "|a" * 25 + "\n" + "|-" * 25 + "\n" + "|\n" * 25 + "\n"
    assert render(table * 200).count("<td>") < 30_000
