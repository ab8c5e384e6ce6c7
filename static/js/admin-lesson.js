// Puts an uploaded picture into the text where the cursor is, shows a preview of what was typed early, and asks before
// typed text is left behind.
(() => {
  "use strict";
  const form = document.getElementById("lesson-form");
  if (!form) return;
  const text = form.elements.markdown;
  const insert = form.querySelector("[data-picture]");

  const show = (problem) => {
    insert.querySelector("[data-problem]").textContent = problem;
  };
  const upload = async (button) => {
    const { picture, alt } = form.elements;
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.append("alt", alt.value);
    if (picture.files[0]) body.append("picture", picture.files[0]);
    button.disabled = true;
    try {
      const response = await fetch(insert.dataset.picture, { method: "POST", body });
      const answer = await response.json();
      if (!response.ok) {
        show(Object.values(answer.problems).flat().join(" "));
        return;
      }
      const before = text.selectionStart > 0 && text.value[text.selectionStart - 1] !== "\n" ? "\n\n" : "";
      text.setRangeText(`${before}${answer.markdown}\n`, text.selectionStart, text.selectionEnd, "end");
      text.dispatchEvent(new Event("input", { bubbles: true }));
      show("");
      picture.value = "";
      alt.value = "";
      text.focus();
    } catch {
      show(insert.dataset.failed);
    } finally {
      button.disabled = false;
    }
  };
  insert?.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || !text) return;
    event.preventDefault();
    upload(button);
  });

  // What was typed before the scripts arrived has no preview yet.
  document.body.addEventListener("htmx:load", () => {
    if (text && text.value !== text.defaultValue) text.dispatchEvent(new Event("typed"));
  }, { once: true });

  let changed = Boolean(document.querySelector(".lf-conflict, .errorlist.nonfield"));
  form.addEventListener("input", () => {
    changed = true;
  });
  form.addEventListener("submit", () => {
    changed = false;
  });
  addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
})();
