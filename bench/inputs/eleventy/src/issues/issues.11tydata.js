export default {
  layout: "issue.njk",
  permalink: ({ page }) => `/${page.fileSlug}/`,
};
