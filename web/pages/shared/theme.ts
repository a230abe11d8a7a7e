import { Store } from "./store.js";

export type Theme = "light" | "dark" | "auto";

const KEY = "openclaw-theme";
const systemDark = matchMedia("(prefers-color-scheme: dark)");

/** What the person chose; `auto` follows the system. */
export const theme = new Store<Theme>(read());

theme.onChange((chosen) => {
  apply();
  try {
    if (chosen === "auto") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, chosen);
  } catch {
    // A browser that keeps nothing for this page asks again on the next visit.
  }
});
systemDark.addEventListener("change", apply);
addEventListener("storage", ({ key }) => {
  if (key === KEY || key === null) theme.set(read());
});
apply();

function read(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "dark" ? kept : "auto";
  } catch {
    return "auto";
  }
}

function apply(): void {
  const isDark = theme.value === "dark" || (theme.value === "auto" && systemDark.matches);
  const { classList } = document.documentElement;
  classList.toggle("wa-dark", isDark);
  classList.toggle("wa-light", !isDark);
}
