"""HTML of other programs as Markdown: what becomes of each form, and what is told."""

import pytest

from tipsheet.archives.nesting import lead_to_headings, prepared, with_footnotes
from tipsheet.archives.printing import printed
from tipsheet.archives.trees import tree_of


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>a<script>x</script><!-- b --><span style='display: none'>c</span><i hidden>d</i></p>", "a"),
        ("<p>a<img src=x.png width=1 height=1></p>", "a"),
        ("<label>a</label> <font>b</font> <ruby>c<rt>d</rt></ruby>", "a b cd"),
        ("<b>a</b> <i>b</i> <s>c</s> <tt>d</tt>", "**a** *b* ~~c~~ `d`"),
        ("a\u00a0\u00a0b&#0;\u200bc", "a b\ufffdc"),
        ("<figure><img src=a.png alt=A><figcaption>B</figcaption></figure>", '![A](a.png "B")'),
        ("<figure><pre>a</pre><figcaption>B</figcaption></figure>", "```\na\n```\n\nB"),
        ("<pre class='language-sh'>\nls<br>cd\r\n<img src=a.png alt=A></pre>", "```sh\nls\ncd\n```\n\n![A](a.png)"),
        ("<pre><div>a</div><div>b</div></pre>", "```\na\nb\n```"),
        ("<pre> </pre>", ""),
        ("<code>a<br>b <code>c</code></code> <code><a href=x>d</a></code>", "`a b c` [d](x)"),
        ("<kbd>*|</kbd>", "<kbd>&#42;&#124;</kbd>"),
        ("<td>a</td><dt>b</dt>", "a\n\nb"),
        ("<table><tr><td>a</td></tr></table>", "a"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "|  |  |\n| --- | --- |\n| a | b |"),
        ("<table><tr><th align=right>a</th><th>b</th></tr></table>", "| a | b |\n| --: | --- |"),
        (
            "<table><tr><td colspan=2 onclick=x>a</td></tr><tr><th>b</th><th>c</th></tr></table>",
            '<table><tr><td colspan="2">a</td></tr><tr><th>b</th><th>c</th></tr></table>',
        ),
        (
            "<table><tr><td align=center>a</td><td style='text-align: left'>b</td></tr></table>",
            "|  |  |\n| :-: | :-- |\n| a | b |",
        ),
        (
            "<table><caption>a</caption><tr><td>b</td><td>c</td></tr></table>",
            "<table><caption>a</caption><tr><td>b</td><td>c</td></tr></table>",
        ),
        (
            "<table><tr><th colspan=2><p>a</p><h3>b</h3></th></tr><tr><th>c</th><td>d</td></tr></table>",
            '<table><tr><th colspan="2"><p>a</p><h3>b</h3></th></tr><tr><th>c</th><td>d</td></tr></table>',
        ),
        ("<p>a<br> <br>b</p><p><br>c</p>", "a\n\nb\n\nc"),
        ("<p>a<b> </b>b<i></i><code> </code>c <mark> </mark></p>", "a b c"),
        ("<p><a href='a)b('>c</a><a href=x> </a><a href=y><br></a>d</p>", "[c](a%29b%28)\\\nd"),
        ("<pre>\n\na</pre>", "```\na\n```"),
        ("<figure><img src=a.png alt=A title=T><figcaption>B</figcaption></figure>", '![A](a.png "T")\n\nB'),
        ("<div hidden><script>a</script></div>b", "b"),
        ("<dl><dt>a</dt><dd>b</dd></dl>", "<dl><dt>a</dt><dd>b</dd></dl>"),
        ("<dl><dd>b</dd></dl>", "b"),
        ("<ul><li>a</li>b<ul><li>c</li></ul></ul>", "- a\n- b\n  - c"),
        ("<li>a</li>", "- a"),
        ("<ul><li>a<ol><li></li><li>b</li></ol></li></ul>", "- a\n\n  1.\n  2. b"),
        ("<ol start=3><li>a</li></ol><ol><li>b</li></ol>", "3. a\n\n1) b"),
        ("<a href=x>a<p>b</p></a>", "[a](x)\n\n[b](x)"),
        ("<em><p>a</p></em>", "a"),
        ("<h1>a</h1><h2>b</h2>", "## a\n\n### b"),
        ("<h2>a<ul><li>b</li></ul>c</h2>", "## a\n\n- b\n\n## c"),
        ("<h2><div>a</div><div>b</div></h2>", "## a b"),
        ("<h2><img src=a.png alt=A></h2>", "![A](a.png)"),
        ("<p>a<br><br>b<br>c</p>", "a\n\nb\\\nc"),
        ("<blockquote>a</blockquote><hr><address>b</address>", "> a\n\n***\n\nb"),
        ("<kept-html>a</kept-html><footnote-ref number=1></footnote-ref>", "a"),
        ("# a<br>1. b<br>+ c", "\\# a\\\n1\\. b\\\n\\+ c"),
    ],
)
def test_a_form_of_html_has_one_of_markdown(html: str, markdown: str) -> None:
    assert printed(prepared(tree_of(html)).body) == markdown


@pytest.mark.parametrize(
    ("html", "markdown", "told"),
    [
        (
            "a\n<iframe src='//www.youtube.com/embed/abcdefg'></iframe>",
            "[https://www.youtube.com/watch?v=abcdefg]",
            "a frame",
        ),
        (
            "<iframe src='https://player.vimeo.com/video/12' title=Film></iframe>",
            "[Film](https://vimeo.com/12)",
            "a frame",
        ),
        ("<video><source src='https://x.example/a.mp4'></video>", "<https://x.example/a.mp4>", "a video"),
        ("<button>Buy</button>", "Buy", "a button"),
        ("<input name=a>", "", "a form"),
        ("<svg><text>a</text></svg>", "a", "a drawing in the page"),
        ("<ol reversed><li>a</li></ol>", "1. a", "the kind of numbers of a list"),
        ("<ol type=a><li>a</li></ol>", "1. a", "the kind of numbers of a list"),
        ("<script>x</script>", "", "a script"),
    ],
)
def test_what_cannot_come_is_told_and_led_to(html: str, markdown: str, told: str) -> None:
    tree = prepared(tree_of(html))
    assert markdown.strip("[]") in printed(tree.body)
    assert tree.left[0].cause.startswith(told)


def test_what_stands_in_each_other_too_deep_is_taken_apart() -> None:
    assert printed(prepared(tree_of("<blockquote>" * 200 + "a")).body).endswith("> a")


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        (
            "<p>a<sup><a href='#n' id=r>1</a></sup> b<a href='#n'>1</a></p><ol><li id=n>c <a href='#r'>\u21a9</a>",
            "a[^1] b[^1]\n\n[^1]: c",
        ),
        ("<p>a<a name=r href='#n'>*</a></p><p><a name=n href='#r'>*</a> b</p>", "a[^1]\n\n[^1]: b"),
        (
            "<p>a<a id=r href='#n'>1</a></p><div class=footnote><a id=n href='#r'><img src=x></a> b</div>",
            "a[^1]\n\n[^1]: b",
        ),
        (
            "<p>a<a id=r href='#n'>1</a></p><aside id=n><span class=label>[<a href='#r'>1</a>]</span><p>b</p></aside>",
            "a[^1]\n\n[^1]: b",
        ),
        (
            "<dl><dt>a<a id=r href='#n'>1</a></dt><dd>b</dd></dl><p id=n>c <a href='#r'>\u21a9</a></p>",
            "a[^1]\n\nb\n\n[^1]: c",
        ),
        (
            (
                "<table><tr><td colspan=2>a<a id=r href='#n'>1</a><tr><td>b<td>c</table>"
                "<p id=n>d <a href='#r'>\u21a9</a></p>"
            ),
            "a[^1]\n\nb\n\nc\n\n[^1]: d",
        ),
        (
            "<ul><li><a id=t href='#s'>S</a></li></ul><section id=s><h2><a href='#t'>S</a></h2></section>",
            "- [S](#s)\n\n## [S](#t) { #s }",
        ),
        (
            "<p>a<a id=r href='#n'>1</a></p><div id=n><h2>b</h2><p>c <a href='#r'>\u21a9</a></p></div><p>d</p>",
            "a[^1]\n\nd\n\n[^1]: ## b\n\n    c",
        ),
        ("<p><a href='#x'>a</a></p><a name=x></a><p> </p><h2>b</h2>", "[a](#x)\n\n## b { #x }"),
        ("<p><a href='#x'>a</a></p><p id=x>no</p><h2>b</h2>", "[a](#x)\n\nno\n\n## b"),
    ],
)
def test_footnotes_and_links_to_headings(html: str, markdown: str) -> None:
    """What a heading leads back to is a table of contents, and no note."""
    tree = tree_of(html)
    with_footnotes(tree)
    lead_to_headings(tree)
    assert printed(prepared(tree).body) == markdown
