// Small hand-made layouts that do what tipsheet's pages do; see bench/README.md.
import { feedPlugin } from "@11ty/eleventy-plugin-rss";

const PER_PAGE = 20;
const AUTHORS = ["ada", "bo", "cy", "di", "ed"];
const TOPICS = ["balance", "careers", "interviews", "listening", "managing", "pricing", "selling", "trust"];

const LONG = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });

/** Eleventy pages one list; lists of several tags are cut into pages here. */
function pages(issues, kind, names, belongs) {
  return names.flatMap((name) => {
    const mine = issues.filter((issue) => belongs(issue, name)).reverse();
    const count = Math.ceil(mine.length / PER_PAGE);
    return Array.from({ length: count }, (_, at) => ({
      kind, name, number: at + 1, count, items: mine.slice(at * PER_PAGE, (at + 1) * PER_PAGE),
    }));
  });
}

export default function (config) {
  config.addPassthroughCopy("src/style.css");
  const issues = (api) => api.getFilteredByGlob("src/issues/*.md");
  config.addCollection("issues", (api) => {
    const found = issues(api);
    // Neighbours once for all: getPreviousCollectionItem searches the whole list for each page.
    found.forEach((issue, at) => {
      issue.data.previous = found[at - 1];
      issue.data.next = found[at + 1];
    });
    return found;
  });
  config.addCollection("topicPages", (api) =>
    pages(issues(api), "tags", TOPICS, (issue, name) => issue.data.topics.includes(name)));
  config.addCollection("authorPages", (api) =>
    pages(issues(api), "authors", AUTHORS, (issue, name) => issue.data.author === name));
  config.addFilter("day", (date) => date.toISOString().slice(0, 10));
  config.addFilter("longDay", (date) => LONG.format(date));
  config.addPlugin(feedPlugin, {
    type: "atom",
    outputPath: "/feed.xml",
    collection: { name: "issues", limit: PER_PAGE },
    metadata: {
      language: "en", title: "Bench", subtitle: "A tipsheet a day.", base: "https://bench.example/",
      author: { name: "Ada", email: "ada@bench.example" },
    },
  });
  return {
    dir: { input: "src", output: "_site" },
    markdownTemplateEngine: false,  // the issues have no template code
    htmlTemplateEngine: "njk",
  };
}
