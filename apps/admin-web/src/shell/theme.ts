import { useState } from 'react';

/** `system` follows the computer. */
export type Theme = 'system' | 'light' | 'dark';

const KEY = 'plumbline-theme';
const isDarkWished = matchMedia('(prefers-color-scheme: dark)');

/** Sets the colours of the page, and again whenever the computer's wish changes. */
export function applyTheme(): void {
  show();
  isDarkWished.addEventListener('change', show);
}

/** The theme that was chosen, and how to choose another. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(chosen);
  const choose = (next: Theme): void => {
    localStorage.setItem(KEY, next);
    setTheme(next);
    show();
  };
  return [theme, choose];
}

function chosen(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

function show(): void {
  const theme = chosen();
  const isDark = theme === 'dark' || (theme === 'system' && isDarkWished.matches);
  document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light';
}
