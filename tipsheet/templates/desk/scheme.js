// The chosen colours, set before the first paint; a classic script, since modules wait for the page.
document.documentElement.dataset.scheme = localStorage.getItem("desk:scheme") || "system";
