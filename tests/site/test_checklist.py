import lxml.html
import pytest

from tipsheet.blocks.action import steps_in
from tipsheet.model.body import Action
from tipsheet.site.parts import checklist


def action(html, **fields):
    return Action(**{"id": "ask", "title": "Ask", "html": html, "steps": steps_in(html)} | fields)


def test_each_step_is_a_box_with_its_words_as_label():
    html = "<p>First:</p>\n<ol>\n<li>Pick <em>one</em> meeting.</li>\n<li>Write.</li>\n</ol>"
    assert checklist(action(html)) == (
        '<p>First:</p>\n<ol class="ts-checklist">\n'
        '<li><input type="checkbox" id="step-ask-1" data-ts-step="1">'
        '<label for="step-ask-1">Pick <em>one</em> meeting.</label></li>\n'
        '<li><input type="checkbox" id="step-ask-2" data-ts-step="2"><label for="step-ask-2">Write.</label></li>\n</ol>'
    )


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("<p>Pick.</p><p>More.</p>", "{box}<p><label for='{id}'>Pick.</label></p><p>More.</p>"),
        ("Pick:<ul><li>a</li></ul>", "{box}<label for='{id}'>Pick:</label><ul><li>a</li></ul>"),
        ('<input type="checkbox" disabled> Pick.', "{box}<label for='{id}'> Pick.</label>"),
        ("<pre>code</pre>", "{box}<label for='{id}'></label><pre>code</pre>"),
    ],
    ids=["loose", "with a list of its own", "of a task list", "nothing but a block"],
)
def test_what_cannot_stand_in_a_label_stands_below_it(item, expected):
    box = '<input type="checkbox" id="step-ask-1" data-ts-step="1">'
    wanted = expected.replace("'", '"').format(box=box, id="step-ask-1")
    assert checklist(action(f"<ul><li>{item}</li></ul>")) == f'<ul class="ts-checklist"><li>{wanted}</li></ul>'


def test_an_issue_that_takes_an_action_up_with_a_list_of_its_own_keeps_the_steps_of_the_library():
    """The steps are known.steps, and the issue's own words stand before them."""
    library = "<ol><li>Step.</li></ol>"
    html = checklist(action(f"<ul><li>Aside</li></ul>{library}", steps=steps_in(library)))
    assert '<ul><li>Aside</li></ul><ol class="ts-checklist">' in html
    assert len(lxml.html.fromstring(html).xpath("//input")) == 1


def test_text_without_steps_stays_as_it_is():
    assert checklist(action("<p>Just do it.</p>")) == "<p>Just do it.</p>"
