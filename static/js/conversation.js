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

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const { elt } = detail.requestConfig;
    const { status } = detail.xhr;
    if (status < 400 || status === 422 || status >= 500 || !elt.closest(".lf-compose, .lf-wordsform, .lf-comment")) return;
    detail.isError = false;
    // "Too often" comes with the form and what was typed.
    if (status === 429 && elt.tagName === "FORM") detail.shouldSwap = true;
    // What is refused is done once more the plain way, so that a page says why: it was deleted, perhaps, meanwhile.
    else if (elt.href) location.assign(elt.href);
    else if (elt.form) elt.form.requestSubmit(elt);
    else elt.submit();
  });

  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    const menu = relatedTarget && target.closest(".lf-more[open]");
    if (menu && !menu.contains(relatedTarget)) menu.open = false;
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest(".lf-more[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
})();
