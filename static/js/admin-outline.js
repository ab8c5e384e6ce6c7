// Dragging lessons and sections. Everything here can also be done with the buttons, which work without it.
(() => {
  "use strict";
  // htmx would carry over the style attributes that dragging leaves, which the page's policy forbids.
  htmx.config.attributesToSettle = ["class"];

  const arrange = () => {
    const outline = document.getElementById("outline");
    const order = [...outline.querySelectorAll("[data-section]")].map((section) => [
      Number(section.dataset.section),
      [...section.querySelectorAll("[data-placement]")].map((place) => Number(place.dataset.placement)),
    ]);
    const token = outline.querySelector("[name=csrfmiddlewaretoken]").value;
    htmx.ajax("POST", outline.dataset.arrange, {
      target: "#outline",
      swap: "outerHTML",
      values: { order: JSON.stringify(order), csrfmiddlewaretoken: token },
    });
  };
  const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const options = { animation: reduced ? 0 : 150, ghostClass: "is-dragged", onUpdate: arrange };

  const makeSortable = () => {
    const sections = document.querySelector("#outline .lf-parts");
    if (!sections || sections.dataset.sortable) return;
    sections.dataset.sortable = "yes";
    Sortable.create(sections, { ...options, draggable: ".lf-part", handle: ".lf-part-head .lf-handle" });
    for (const lessons of sections.querySelectorAll(".lf-lessons")) {
      Sortable.create(lessons, {
        ...options,
        draggable: ".lf-place",
        handle: ".lf-place .lf-handle",
        group: "lessons",
        onAdd: arrange,
      });
    }
  };
  makeSortable();
  document.addEventListener("htmx:afterSettle", makeSortable);

  // A refusal brings the list as it stands now, with the reason; what can't be reached says so in a sentence.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (![409, 503].includes(event.detail.xhr.status)) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });
  document.addEventListener("htmx:sendError", () => location.reload());
})();
