// The theme: what the person chose here, else what their system asks for. Loaded in the head and blocking,
// so that the first paint already has the right colours.
(() => {
  "use strict";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  const chosen = () => {
    try {
      const theme = localStorage.getItem("theme");
      return theme === "light" || theme === "dark" ? theme : null;
    } catch {
      return null; // storage may be forbidden; the system's choice still works
    }
  };
  const apply = () => {
    root.dataset.bsTheme = chosen() || (system.matches ? "dark" : "light");
  };
  apply();
  system.addEventListener("change", apply);
  addEventListener("storage", apply);

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-lf-theme]")) return;
    const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // The choice then lasts as long as the page.
    }
    root.dataset.bsTheme = theme;
  });
})();
