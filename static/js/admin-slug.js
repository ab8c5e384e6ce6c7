// The address of a new course follows its title, until the author writes one.
(() => {
  "use strict";
  const title = document.getElementById("id_title");
  const slug = document.getElementById("id_slug");
  if (!title || !slug) return;

  const made = () =>
    title.value
      .normalize("NFKD")
      .replace(/[\u0300-\u036f]/g, "")
      .toLowerCase()
      .replace(/[^\w\s-]/g, "")
      .trim()
      .replace(/[\s_-]+/g, "-")
      .slice(0, 110);
  let follows = slug.value === "" || slug.value === made();
  title.addEventListener("input", () => {
    if (follows) slug.value = made();
  });
  slug.addEventListener("input", () => {
    follows = slug.value === "";
  });
})();
