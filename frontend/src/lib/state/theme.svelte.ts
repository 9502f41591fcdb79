export type Theme = 'auto' | 'light' | 'dark';

const STORED = 'concord.theme';

/** static/theme.js applies the stored choice before the first paint; this changes it. */
class ThemeChoice {
  current = $state<Theme>(stored());

  use(theme: Theme): void {
    this.current = theme;
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem(STORED, theme);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  }
}

function stored(): Theme {
  const value = document.documentElement.dataset.theme;
  return value === 'light' || value === 'dark' ? value : 'auto';
}

export const theme = new ThemeChoice();
