"""Signs of site generators in a text: what they become, and what is told of them."""

from collections.abc import Callable

import pytest

from tipsheet.archives.dialects import admonitions, extra, formulas, kramdown
from tipsheet.archives.templating import Template, liquid, liquid_tags, shortcodes
from tipsheet.problems import Where

Step = Callable[[Template], None]


@pytest.mark.parametrize(
    ("step", "text", "wanted"),
    [
        (liquid, "plain", "plain"),
        (liquid, "{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        (liquid, "a{% comment %}b{% endcomment %}c{# d #}", "ac"),
        (liquid, "a{% comment 50% off %}b{% endcomment %}c", "ac"),
        (shortcodes, '{{< code lang="go" >}}a{{< /code >}}', "```go\na\n```"),
        (liquid, "{% highlight ruby linenos %}\nputs 1\n{% endhighlight %}", "```ruby\nputs 1\n```"),
        (liquid, "  {% highlight sh %}\nls\n\n```\n{% endhighlight %}", "  ````sh\n  ls\n\n  ```\n  ````"),
        (liquid, "[a]({% post_url 2014-03-04-the-no %})", "[a](/_posts/2014-03-04-the-no)"),
        (liquid, "[a]({% link _posts/x.md %})", "[a](/_posts/x.md)"),
        (liquid, "{% if x %}yes{% else %}no{% endif %}{% assign a = 1 %}", "yesno"),
        (liquid, '{% include figure.html src="a.png" caption="A [b]" link="c" %}', '[![A b](<a.png> "A [b]")](<c>)'),
        (liquid, "{% img left /i/a.png 100 200 Scales %}", "![Scales](</i/a.png>)"),
        (liquid, "{% include youtube.html id='abc' %}", "<https://www.youtube.com/watch?v=abc>"),
        (liquid, "{% youtube abc 640 480 %}", "<https://www.youtube.com/watch?v=abc>"),
        (liquid, "{% gist ada 123 %}", "<https://gist.github.com/ada/123>"),
        (liquid, '{% gist id="1" user="ada" %}', "<https://gist.github.com/ada/1>"),
        (liquid, '{% vimeo id="1" user="ada" %}', "<https://vimeo.com/1>"),
        (liquid, "{% tweet https://twitter.com/a/status/1 %}", "<https://twitter.com/a/status/1>"),
        (liquid, "{{ 'a' | append: '.png' | upcase }}{{ page.title }}{{ site.baseurl }}", "a.pngAsk"),
        (liquid, "{% codeblock lang:rb A title http://x.example link %}\nx\n{% endcodeblock %}", "```rb\nx\n```"),
        (liquid, "{% codeblock %}\nx\n{% endcodeblock %} {% code A title %}", "```\nx\n``` "),
        (liquid, """{{ "{% x %}" }} {{ '{{' }} x }} {{ '/a' | prepend: "b" | relative_url }}""", "{% x %} {{ x }} b/a"),
        (liquid, '{% include video id="abc" provider="youtube" %}', "<https://www.youtube.com/watch?v=abc>"),
        (liquid, '{% youtube "https://x.example/?v=abc" %}', "<https://x.example/?v=abc>"),
        (liquid, "{% gist ada/12 a.rb %}", "<https://gist.github.com/ada/12>"),
        (liquid, "{% img left /a.png 10 10px 'A title' 'Scales' %}", '![Scales](</a.png> "A title")'),
        (liquid, "{% imgcap /a.png Ada at home %}", "![Ada at home](</a.png>)"),
        (liquid, "{% image './a.png', 'Scales', '(min-width: 1px) 100vw' %}", "![Scales](<./a.png>)"),
        (liquid, '{% include image.html file="/a.png" description="Scales" %}', "![Scales](</a.png>)"),
        (
            liquid,
            r'{% include figure image_path="a.png" alt="A" caption="By [B](https://x.example \"b\")" %}',
            '![A](<a.png>)\n\nBy [B](https://x.example "b")',
        ),
        (liquid, "{% blockquote %}\na\n\nb\n{% endblockquote %}", "> a\n>\n> b"),
        (liquid, "{% blockquote Ada, Notes %}\na\n{% endblockquote %}", "> a\n>\n> \u2014 Ada, Notes"),
        (
            liquid,
            "{% blockquote Ada https://x.example The notes %}\na\n{% endblockquote %}",
            "> a\n>\n> \u2014 Ada, [The notes](https://x.example)",
        ),
        (
            liquid,
            "{% quote https://x.example %}\na\n{% endquote %}",
            "> a\n>\n> \u2014 [https://x.example](https://x.example)",
        ),
        (liquid, '{% pullquote %}\na {" b "} c\n{% endpullquote %}', "a b c"),
        (
            liquid,
            "{% capture n %}\n* a {{ page.title }}\n{% endcapture %}<div>{{ n | markdownify }}</div>",
            "\n\n<div>\n\n* a Ask\n\n</div>",
        ),
        (liquid, "{% assign a = 'b' %}{{ a }}{{ a | upcase }}", "bb"),
        (kramdown, "`{: .x}` a{: .y}\n\n    {: .z}", "`{: .x}` a\n\n    {: .z}"),
        (kramdown, "a\n\n{::comment}\nsecret\n{:/comment}\nb", "a\n\n\n\n\nb"),
        (kramdown, "* a\n^\n* b", "* a\n\n* b"),
        (
            kramdown,
            "| a | b |\n|---|--:|\n| 1 | 2 |\n|----\n| 3 | 4 |\n|====\n| 5 | 6 |\n",
            "| a | b |\n|---|--:|\n| 1 | 2 |\n| 3 | 4 |\n| 5 | 6 |\n",
        ),
        (kramdown, "| a | b |\n| 1 | 2 |", "|  |  |\n| --- | --- |\n| a | b |\n| 1 | 2 |"),
        (kramdown, "|---|\n| a |", "|---|\n| a |"),
        (kramdown, "| a | b |\n|---\n| 1 | 2 |", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
        (kramdown, "| a | b | c\n|:--|\n| 1 | 2 | 3", "| a | b | c\n| :-- | --- | --- |\n| 1 | 2 | 3"),
        (kramdown, "| a bar, and no table", "| a bar, and no table"),
        (extra, "```{.ruby hl_lines=1}\nx\n```\n~~~ {r}\ny\n~~~", "```ruby\nx\n```\n~~~r\ny\n~~~"),
        (kramdown, "# A\n{: #b}\n", "# A {#b}\n"),
        (kramdown, "a\n{: .lead}\nb{:.x}", "a\nb"),
        (kramdown, "* TOC\n{:toc}\n\n[[_TOC_]]\n", "\n\n\n"),
        (kramdown, "{::nomarkdown}c{:/}", "c"),
        (extra, '<div class="a" markdown="1">b</div>', '<div class="a">\nb</div>'),
        (kramdown, "```\n{: .x}\n```", "```\n{: .x}\n```"),
        (shortcodes, "plain", "plain"),
        (shortcodes, "{{</* x */>}}", "{{< x >}}"),
        (shortcodes, "{{< highlight go >}}\nx\n{{< /highlight >}}", "```go\nx\n```"),
        (shortcodes, '[a]({{< ref "b.md" >}}) [c]({{< relref path="d.md" >}})', "[a](b.md) [c](d.md)"),
        (shortcodes, '{{< figure src="a.png" alt="A" >}}', "![A](<a.png>)"),
        (shortcodes, "{{< summary >}}{{< /box >}}", ""),
        (admonitions, "!!! note\n    a\n\n    b\nc", "> **Note**\n>\n> a\n>\n> b\n\nc"),
        (admonitions, '??? tip "T"\n\ta\n', "> **T**\n>\n> a\n"),
        (admonitions, '!!! note ""\n    a', "> a\n"),
        (admonitions, "!!! a\n    !!! b\n        c", "> **A**\n>\n> > **B**\n> >\n> > c\n>\n"),
        (admonitions, "```\n!!! note\n```\n!!! x", "```\n!!! note\n```\n> **X**\n>\n>\n"),
        (admonitions, '[a](b){ .c }\n--8<-- "x"\n{ #d }', "[a](b)\n"),
        (
            liquid,
            "{% post_link a-b 'The words' %} {% asset_img c.png Scales %}",
            "[The words](/_posts/a-b) ![Scales](<c.png>)",
        ),
        (extra, "###Closed###\n## C#\n## Two ##", "### Closed\n## C#\n## Two ##"),
        (extra, "##Close\n# Open\n#tag", "## Close\n# Open\n#tag"),
        (extra, "```\n##Close\n```", "```\n##Close\n```"),
        (extra, "a | b\n--|--\n`x|y` | `\\|`\n\n`x|y`", "a | b\n--|--\n`x\\|y` | `\\|`\n\n`x|y`"),
        (extra, "HTML\n\n*[HTML]: Words\n", "HTML\n\n"),
        (liquid_tags, "{% raw %}a{% endraw %} {% img a.png %}", "a ![](<a.png>)"),
        (liquid_tags, "```\n{% img a.png %}\n```", "```\n{% img a.png %}\n```"),
    ],
)
def test_signs_of_a_generator_become_markdown(step: Step, text: str, wanted: str) -> None:
    template = Template(text, Where("a.md"), {"page.title": "Ask"})
    step(template)
    assert template.done() == wanted


@pytest.mark.parametrize(
    ("step", "text", "told"),
    [
        (liquid, "a\n\n{% raw %}\n{% endraw %}{% strange %}", "a.md:14: a tag of a template: {% strange %}"),
        (liquid, "a\n{{ site.data }}", "a.md:12: a value of a template: {{ site.data }}"),
        (
            liquid,
            "a\n{% for p in q %}strange {{ p }}{% endfor %}b",
            "a.md:12: a loop of a template: {% for p in q %}strange {{ p }}{% endfor %}",
        ),
        (liquid, "\n{% capture a %}\n\n{% strange %}{% endcapture %}", "a.md:14: a tag of a template: {% strange %}"),
        (formulas, "`$$a$$` and\n$$b\n c$$", "a.md:12: a formula, whose signs stand there: $$b c$$"),
        (formulas, "a \\\\(x\\\\) \\[y\\]", "a.md:11: a formula, whose signs stand there: \\\\(x\\\\)"),
        (shortcodes, "{{< strange >}}", "a.md:11: a shortcode: {{< strange >}}"),
        (extra, "a\n*[HTML]: Words", "a.md:12: the words of an abbreviation: *[HTML]: Words"),
        (liquid_tags, "{% include_code x.py %}", "a.md:11: a tag of a template: {% include_code x.py %}"),
    ],
)
def test_what_nobody_can_run_is_told_with_its_line(step: Step, text: str, told: str) -> None:
    template = Template(text, Where("a.md", 11))
    step(template)
    assert [str(one) for one in template.left] == [told]
    assert "strange" not in template.done()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\n\n{::comment}\nb\n\n```\nc\n```\n\nd\n{:/comment}\n\ne\n", "a\n\n\n\n\n\n\n\n\n\n\n\ne\n"),
        ("Write `{::comment}` to hide.\n\nb\n", "Write `{::comment}` to hide.\n\nb\n"),
        ("```\n{::comment}\n```\n\nb {::comment}c{:/} d\n", "```\n{::comment}\n```\n\nb  d\n"),
    ],
)
def test_comments_of_kramdown_go_whole_and_nothing_else_does(text: str, shown: str) -> None:
    template = Template(text, Where("a.md", 1))
    kramdown(template)
    assert template.done() == shown
    assert not template.left


def test_a_comment_of_kramdown_that_nothing_ends_is_told() -> None:
    template = Template("a\n\n{::comment}\n\nb\n", Where("a.md", 1))
    kramdown(template)
    assert template.done() == "a\n\n\nb\n"
    assert [(one.where.line, one.cause) for one in template.left] == [(3, "a comment that nothing ends")]


@pytest.mark.parametrize(
    ("text", "shown", "told"),
    [
        ("a{% if page.known %}b{% endif %}c", "abc", []),
        ("a{% if page.sponsor %}b{% endif %}c", "ac", ["a part of a template that the page did not show"]),
        ("a{% unless page.sponsor %}b{% endunless %}c", "abc", []),
        ("a{% unless page.known %}b{% endunless %}c", "ac", ["a part of a template that the page did not show"]),
        ("a\n{% if page.sponsor %}\n{% endif %}\nc", "a\n\n\nc", []),
        ("{%- if page.Title -%}b{%- endif -%}", "b", []),
        ("{% if page.sponsor %}a{% else %}b{% endif %}", "ab", ["a tag of a template"]),
        ("{% if page.next %}a{% endif %}", "a", ["a tag of a template"]),
        ("{% if page.known == 'x' %}a{% endif %}", "a", ["a tag of a template"]),
        ("{% if site.known %}a{% endif %}", "a", ["a tag of a template"]),
        ("{% if page.known %}a{% if page.sponsor %}b{% endif %}{% endif %}", "a", [
            "a part of a template that the page did not show", "a tag of a template",
        ]),
        ("{% raw %}{% if page.sponsor %}a{% endif %}{% endraw %}", "{% if page.sponsor %}a{% endif %}", []),
    ],
)  # fmt: skip
def test_the_header_decides_on_parts_that_ask_for_its_values(text: str, shown: str, told: list[str]) -> None:
    template = Template(text, Where("a.md"), keys={"known"})
    liquid(template)
    assert (template.done(), [one.cause for one in template.left]) == (shown, told)
