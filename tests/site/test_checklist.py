import lxml.html
import pytest

from tipsheet.blocks.action import steps_in
from tipsheet.model.body import Action
from tipsheet.site.checklists import checklist, named_tasks


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


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("{box} Ring <em>two</em>.", "<label>{box} Ring <em>two</em>.</label>"),
        ("{box} Ring:\n<ul>\n<li>Ann</li>\n</ul>", "<label>{box} Ring:\n</label><ul>\n<li>Ann</li>\n</ul>"),
        ("\n<p>{box} Ring.</p>\n<p>Soon.</p>\n", "\n<p><label>{box} Ring.</label></p>\n<p>Soon.</p>\n"),
        (
            '<label class="task-list-control">{box}<span class="task-list-indicator"></span></label> A.',
            '<label><span class="task-list-control">{box}<span class="task-list-indicator"></span></span> A.</label>',
        ),
        ("No box.", "No box."),
    ],
)
def test_the_words_of_a_task_name_its_box(item, expected):
    """S20: with or without boxes drawn by the style sheet."""
    box = '<input type="checkbox" disabled>'
    listing = '<ul class="task-list">\n<li class="task-list-item">{}</li>\n</ul>'
    assert named_tasks(listing.format(item.format(box=box))) == listing.format(expected.format(box=box))


def test_a_text_without_tasks_stays_as_it_is():
    assert named_tasks("<p>A &amp; b <br> c</p>") == "<p>A &amp; b <br> c</p>"


def test_a_drawn_box_in_a_step_gives_way_to_the_one_that_is_ticked():
    control = '<label class="task-list-control"><input type="checkbox"><span class="task-list-indicator"></span>'
    html = checklist(action(f"<ul><li>{control}</label> Pick.</li></ul>"))
    assert html.count("<label") == html.count("<input") == 1
    assert lxml.html.fromstring(html).xpath("string(//label)").strip() == "Pick."
