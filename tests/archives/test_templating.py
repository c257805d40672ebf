"""Signs of site generators in a text: what they become, and what is told of them."""

from collections.abc import Callable

import pytest

from tipsheet.archives.templating import Template, admonitions, extra, kramdown, liquid, liquid_tags, shortcodes
from tipsheet.problems import Where

Step = Callable[[Template], None]


@pytest.mark.parametrize(
    ("step", "text", "wanted"),
    [
        (liquid, "plain", "plain"),
        (liquid, "{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        (liquid, "a{% comment %}b{% endcomment %}c{# d #}", "ac"),
        (liquid, "{% highlight ruby linenos %}\nputs 1\n{% endhighlight %}", "```ruby\nputs 1\n```"),
        (liquid, "  {% highlight sh %}\nls\n\n```\n{% endhighlight %}", "  ````sh\n  ls\n\n  ```\n  ````"),
        (liquid, "[a]({% post_url 2014-03-04-the-no %})", "[a](/_posts/2014-03-04-the-no)"),
        (liquid, "[a]({% link _posts/x.md %})", "[a](/_posts/x.md)"),
        (liquid, "{% if x %}yes{% else %}no{% endif %}{% assign a = 1 %}", "yesno"),
        (liquid, '{% include figure.html src="a.png" caption="A [b]" link="c" %}', '[![A b](<a.png> "A [b]")](<c>)'),
        (liquid, "{% img left /i/a.png 100 200 Scales %}", "![](</i/a.png>)"),
        (liquid, "{% include youtube.html id='abc' %}", "<https://www.youtube.com/watch?v=abc>"),
        (liquid, "{% youtube abc 640 480 %}", "<https://www.youtube.com/watch?v=abc>"),
        (liquid, "{% gist ada 123 %}", "<https://gist.github.com/ada/123>"),
        (liquid, '{% gist id="1" user="ada" %}', "<https://gist.github.com/ada/1>"),
        (liquid, '{% vimeo id="1" user="ada" %}', "<https://vimeo.com/1>"),
        (liquid, "{% tweet https://twitter.com/a/status/1 %}", "<https://twitter.com/a/status/1>"),
        (liquid, "{{ 'a' | append: '.png' | upcase }}{{ page.title }}{{ site.baseurl }}", "a.pngAsk"),
        (kramdown, "# A\n{: #b}\n", "# A {#b}\n"),
        (kramdown, "a\n{: .lead}\nb{:.x}", "a\nb"),
        (kramdown, "* TOC\n{:toc}\n\n[[_TOC_]]\n", "\n\n\n"),
        (kramdown, '<div class="a" markdown="1">b</div>{::nomarkdown}c{:/}', '<div class="a">\nb</div>c'),
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
