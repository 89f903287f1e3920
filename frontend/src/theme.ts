/** Light, dark, or as the system has it. The colours themselves are in styles/tokens.css. */

import { recall, remember } from "./storage";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "theme";

/** What was chosen here before; the system's unless something was. */
export function savedTheme(): Theme {
  const saved = recall(KEY);
  return THEMES.find((theme) => theme === saved) ?? "system";
}

/** Shows the page in this theme. */
export function applyTheme(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
}

/** Remembers the choice, and shows it. */
export function chooseTheme(theme: Theme): void {
  remember(KEY, theme);
  applyTheme(theme);
}
