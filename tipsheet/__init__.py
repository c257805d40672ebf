"""tipsheet: the site, the feeds and the e-mail of a weekly tipsheet from one folder of Markdown."""

__version__ = "0.1.0"
