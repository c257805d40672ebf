"""Pelican's settings: small hand-made templates that do what tipsheet's pages do; see bench/README.md."""

SITENAME = "Bench"
SITEURL = "https://bench.example"
PATH = "content"
TIMEZONE = "UTC"
THEME = "theme"
PLUGINS = ["pelican.plugins.neighbors", "pelican.plugins.sitemap"]
DEFAULT_PAGINATION = 20
DIRECT_TEMPLATES = ["index", "tags", "authors"]
ARTICLE_URL = "{slug}/"
ARTICLE_SAVE_AS = "{slug}/index.html"
TAG_URL = "tags/{slug}/"
TAG_SAVE_AS = "tags/{slug}/index.html"
TAGS_SAVE_AS = "tags/index.html"
AUTHOR_URL = "authors/{slug}/"
AUTHOR_SAVE_AS = "authors/{slug}/index.html"
AUTHORS_SAVE_AS = "authors/index.html"
CATEGORY_SAVE_AS = ""
PAGINATION_PATTERNS = [
    (1, "{base_name}/", "{save_as}"),
    (2, "{base_name}/page/{number}/", "{base_name}/page/{number}/index.html"),
]
FEED_ALL_ATOM = "feed.xml"
FEED_MAX_ITEMS = 20
CATEGORY_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = TRANSLATION_FEED_ATOM = None
STATIC_PATHS = []
SITEMAP = {"format": "xml"}
# What its documentation calls "Reading only modified content": parsed issues are kept between builds.
CACHE_CONTENT = True
LOAD_CONTENT_CACHE = True
