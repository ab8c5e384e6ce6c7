"""What each dialect writes becomes our Markdown, or is named."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses.importing import Report
from courses.importing.conversion import convert
from courses.importing.dialects import jekyll, mdx, questions, sandpaper
from courses.importing.pages import Page, read_page
from courses.markdown import render
from tests.courses.folders import read, sentences


def converted(source, converter):
    report = Report()
    text, _ = convert(Page("a.md", source), report, (converter,))
    return text, sentences(report)


def test_code_is_left_alone():
    source = "```jinja\n{% include x %}\n```\n\nand `{% include y %}` and `<Tip>`"
    for converter in (jekyll.convert, mdx.convert, sandpaper.convert):
        assert converted(source, converter) == (source, "")


# The Carpentries


def test_picture_attributes_become_a_description():
    assert converted("![](a.png){alt='A tree' width=\"3\"}", sandpaper.convert)[0] == "![A tree](a.png)"
    text, _ = converted('![Caption](a.png){alt="A [tree]"}', sandpaper.convert)
    assert text == "![A (tree)](a.png)\n\n*Caption*\n"


def test_grid_table_keeps_the_blocks_in_its_cells():
    table = "+-----+-----+\n| A   | B   |\n+=====+=====+\n| ``` | - x |\n| y   | - z |\n| ``` |     |\n+-----+-----+\n"
    html = render(converted(table, sandpaper.convert)[0])
    assert "<th>\n<p>A</p>" in html and "<code>y\n</code>" in html and html.count("<li>") == 2


def test_shared_links_reach_the_pages_that_name_them(tmp_path):
    files = {
        "config.yaml": "title: T\nepisodes: [b.md, a.md]\nlang: en",
        "links.md": "[docs]: https://example.org/docs\n[own]: https://example.org/shared",
        "episodes/a.md": "See [docs] and [own].\n\n[own]: https://example.org/own",
        "episodes/b.md": "Nothing.",
    }
    draft, _ = read(tmp_path, files)
    lessons = {lesson.identifier: lesson for lesson in draft.lessons}
    html = render(lessons["episodes/a.md"].markdown)
    assert "https://example.org/docs" in html and "https://example.org/own" in html and "shared" not in html
    assert "example.org" not in lessons["episodes/b.md"].markdown
    assert "[docs](https://example.org/docs)" in lessons["links.md"].markdown
    assert draft.format == "sandpaper"
    assert [each.identifier for each in draft.sections[0].lessons] == ["episodes/b.md", "episodes/a.md"]


def test_planned_minutes_are_added_up(tmp_path):
    draft, _ = read(tmp_path, {"a.md": "---\nteaching: 10\nexercises: 5\n---\nx", "b.md": "---\nbreak: 45\n---\nx"})
    assert [lesson.duration for lesson in draft.lessons] == [15, 45]


def test_broken_site_configuration_is_named(tmp_path):
    _, report = read(tmp_path, {"config.yaml": "a: [", "episodes/a.md": "x"})
    assert "error config.yaml: The file can't be read" in sentences(report)


# Jekyll


def test_markdown_inside_html_is_read():
    inside = '  <img src="a.png" alt="A">\n  *Said*.\n  <p markdown="1">\n— @x\n  </p>'
    source = f'<aside markdown="1" class="pquote">\n{inside}\n</aside>'
    html = render(converted(source, jekyll.convert)[0])
    assert "lf-callout-quote" in html and "<em>Said</em>" in html and "<p>— @x</p>" in html


def test_direction_of_a_division_is_kept():
    html = render(converted('<div dir="rtl" markdown="1">\n\n## مرحبا\n\n</div>', jekyll.convert)[0])
    assert html.startswith('<div dir="rtl">\n<h2')


def test_attribute_lists_are_left_out_and_named():
    text, report = converted('Text\n{: .note}\n\n[x](y){:target="_blank"}', jekyll.convert)
    assert "{:" not in text and report.count("info a.md") == 2 and "a.md:2" in report


def test_heading_ids_are_kept():
    assert converted("## Title\n{: #here}", jekyll.convert)[0].strip() == "## Title {#here}"


def test_table_of_contents_is_left_out():
    text, report = converted("* TOC\n{:toc}\n\nText", jekyll.convert)
    assert text.strip() == "Text" and "table of contents" in report


@pytest.mark.parametrize(
    ("source", "text", "named"),
    [
        ("{% include nav.html a=1 %}x", "x", "“nav.html”"),
        ("{% raw %}x{% endraw %}", "x", ""),
        ("{% if site.x %}x{% endif %}", "x", "“if”"),
        ("{% comment %}secret{% endcomment %}x", "x", ""),
        ("{{ site.baseurl }}/x", "/x", ""),
        ("{{ page.title }}", "Here", ""),
        ("{{ site.data.x }}", "", "“site.data.x”"),
        ("{% highlight ruby %}\nputs\n{% endhighlight %}", "````ruby\nputs\n````", ""),
        ('<input type="checkbox" id="c"><label for="c">Do it</label>', "☐ Do it", ""),
    ],
)
def test_liquid_is_done_or_named(source, text, named):
    report = Report()
    page = Page("a.md", source, matter={"title": "Here"})
    result, _ = convert(page, report, (jekyll.convert,))
    assert result.strip() == text
    assert (named in sentences(report)) if named else not report.remarks


def test_lead_stands_above_the_text(tmp_path):
    draft, _ = read(tmp_path, {"_articles/a.md": "---\ntitle: A\ndescription: What it is.\n---\nText."})
    assert draft.format == "jekyll" and draft.lessons[0].markdown == "*What it is.*\n\nText.\n"


# MDX


def test_list_of_chapters_gives_order_and_titles(tmp_path):
    one = "- title: One\n  sections:\n  - local: c/2\n    title: Second\n  - local: c/9\n    title: Gone\n"
    toc = f"{one}- title: Empty\n  sections: []"
    draft, report = read(tmp_path, {"_toctree.yml": toc, "c/2.mdx": "# Other title\n\nx", "c/1.mdx": "y"})
    titles = [(each.title, [lesson.title for lesson in each.lessons]) for each in draft.sections]
    assert titles == [("One", ["Second"]), ("More", ["1"])]
    assert "warning _toctree.yml: The list names “c/9”" in sentences(report)


def test_tips_are_callouts():
    html = render(converted('<Tip title="Look: here" warning={true}>\n\nMind *it*.\n\n</Tip>', mdx.convert)[0])
    assert "lf-callout-warning" in html and "Look  here" in html and "<em>it</em>" in html


def test_video_is_a_link():
    text, report = converted('<Youtube id="abcdefghijk" />', mdx.convert)
    assert "(https://www.youtube.com/watch?v=abcdefghijk)" in text and "The video became a link" in report


def test_question_is_a_list_with_its_answers_folded():
    source = """<Question
  choices={[
    { text: "A \\"word\\" with `<b>` & {braces}", explain: 'Because.', correct: true },
    { text: "Not", explain: "No." }
  ]}
/>"""
    text, report = converted(source, mdx.convert)
    html = render(text)
    assert "<Question" not in text and html.count("<li>") == 4
    assert "<code>&lt;b&gt;</code>" in html and "<strong>A</strong> – right: Because." in html
    assert html.index("<details") > html.index('<ol type="A">')
    assert "A question with 2 choices" in report


def test_question_that_cannot_be_read_is_named():
    text, report = converted("<Question choices={make()} />", mdx.convert)
    assert text.strip() == "" and "warning a.md:1: The choices of a question can't be read." in report


def test_both_branches_of_a_framework_are_shown():
    text, _ = converted("{#if fw === 'pt'}\nTorch\n{:else}\nFlow\n{/if}", mdx.convert)
    html = render(text)
    assert "{" not in text
    assert html.index("PyTorch") < html.index("<p>Torch") < html.index("TensorFlow") < html.index("<p>Flow")


def test_alternatives_are_shown_one_below_the_other():
    source = '<hfoptions id="x">\n<hfoption value="a" label="First">\n\nA\n\n</hfoption>\n</hfoptions>'
    assert '<p class="lf-callout-title">First</p>\n<p>A</p>' in render(converted(source, mdx.convert)[0])


def test_anchors_formulas_and_comments():
    text, _ = converted("# Title[[here]]\n\n<!-- x -->{/* y */}\\\\(a_1\\\\) and \\\\[b\\\\]", mdx.convert)
    assert text.startswith("# Title {#here}") and "$a_1$" in text and "$$\nb\n$$" in text and "x" not in text


def test_embedded_page_is_a_link_and_named():
    text, report = converted('<iframe\n src="https://x.example/"\n width="1"></iframe>', mdx.convert)
    assert "(https://x.example/)" in text and "warning a.md:1: A page embedded" in report


def test_unknown_component_is_named_and_its_inside_kept():
    text, report = converted("<Fancy x={1}>\n\ninside\n\n</Fancy>", mdx.convert)
    assert text.split() == ["inside"] and "warning a.md:1: The component <Fancy>" in report


def test_code_of_the_page_is_named():
    text, report = converted("import X from './x'\nexport const a = 1\n\nText", mdx.convert)
    assert text.strip() == "Text" and report.count("Code of the page") == 2


def test_notebooks_of_a_banner_become_resources():
    source = '<CourseFloatingBanner chapter={2} notebooks={[{label: "Colab", value: "https://x.example/n"}]} />'
    text, resources = convert(Page("a.mdx", source), Report(), (mdx.convert,))
    assert not text.strip() and resources == [{"label": "Colab", "url": "https://x.example/n"}]


def test_indented_html_does_not_become_code():
    source = '<div style="a:\nb">\n    <div>x</div>\n\n    <div>y</div>\n</div>\n\nText'
    html = render(converted(source, mdx.convert)[0])
    assert "<pre" not in html and "<p>Text</p>" in html


def test_choices_of_many_kinds_of_quotes():
    choices = questions.read_choices("{text: `a ${b}`, correct: false}, {text: 'it\\'s', correct: true}")
    assert [(each.text, each.is_correct) for each in choices] == [("a ${b}", False), ("it's", True)]


_MARKS = """
<Tip> </Tip> <Question choices={[ {text: " ]} /> {#if_fw_===_'pt'} {:else} {/if} <Youtube id="x" [[ ]] \\\\( \\\\)
{%_include_x_%} {%_raw_%} {{_x_}} {:_.x} {:toc} <aside_markdown="1"> </aside> <div_markdown=1> </div> ``` ` ::: +---+ |
![](x){alt='y'} <hfoption_value=x> <iframe_src=x> <div --- +++
"""
MARKS = [mark.replace("_", " ") for mark in _MARKS.split()] + ["\n", "\n\n", "  "]
PIECES = st.lists(st.one_of(st.text(max_size=20), st.sampled_from(MARKS)), max_size=40).map("".join)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(PIECES)
def test_any_page_is_converted(text):
    report = Report()
    page = read_page("a.md", text, report)
    for converters in ((mdx.convert,), (jekyll.convert, sandpaper.convert)):
        result, _ = convert(page, report, converters)
        render(result, limit=10**6)
