// Filters that aren't set stay out of the address.
document.addEventListener("formdata", ({ target, formData }) => {
  if (!target.matches(".lf-filters")) return;
  for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
});
