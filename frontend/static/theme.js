// Runs before the first paint, so that a chosen theme never flashes the other one.
try {
  var theme = localStorage.getItem('concord.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is switched off in this browser: the system's own theme is used.
}
