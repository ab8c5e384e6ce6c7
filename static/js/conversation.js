// What threads gain from a script: a form that goes away again, and a menu that closes when one looks elsewhere.
(() => {
  "use strict";

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll(".lf-more[open]")) {
      // A form that opens in place takes the focus; its menu is done.
      if (!menu.contains(event.target) || event.target.closest("[hx-get]")) menu.open = false;
    }
    const cancel = event.target.closest("[data-lf-cancel]");
    if (!cancel) return;
    event.preventDefault();
    const place = cancel.closest("[id]:not(form)");
    const comment = cancel.closest(".lf-place").querySelector(".lf-comment");
    place.replaceChildren();
    (place.id.startsWith("slot-") ? comment.querySelector(".lf-act") : comment).focus();
  });

  // "Too often" comes with the form and what was typed.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.xhr.status !== 429 || !detail.elt.matches(".lf-compose, .lf-wordsform")) return;
    detail.shouldSwap = true;
    detail.isError = false;
  });
  // What is refused is done once more the plain way, so that the page says why: it was deleted, or locked, meanwhile.
  document.addEventListener("htmx:responseError", ({ detail: { elt, xhr } }) => {
    if (xhr.status >= 500 || !elt.closest(".lf-compose, .lf-wordsform, .lf-comment")) return;
    if (elt.href) location.assign(elt.href);
    else if (elt.form) elt.form.requestSubmit(elt);
    else elt.submit();
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest(".lf-more[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
})();
