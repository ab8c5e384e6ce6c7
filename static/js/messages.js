// New messages come without reloading, and sending one doesn't leave the page.
// Everything here is an addition; the page's links and forms work without it.
(() => {
  "use strict";
  const chat = document.getElementById("chat");
  const lines = document.getElementById("lines");
  const state = document.getElementById("state");
  const write = () => document.getElementById("write");
  const box = () => write()?.elements.namedItem("content");

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target === box()) write().requestSubmit();
  });
  if (!lines.hasAttribute("hx-get")) return; // a page of history stays as it is

  // Asked soon while people talk, less often while nothing comes or nothing answers, and never in a hidden tab.
  const SOON = 3_000;
  const LATE = 20_000;
  const FAILING = 120_000;
  let wait = SOON;
  let timer;
  let sent = "";
  let isSignedOut = false;

  const plan = () => {
    clearTimeout(timer);
    if (!document.hidden && !isSignedOut) timer = setTimeout(ask, wait);
  };
  const ask = () => {
    plan();
    lines.dispatchEvent(new Event("lf-poll"));
  };
  const wake = () => {
    clearTimeout(timer);
    if (document.hidden) return;
    wait = SOON;
    ask();
  };
  document.addEventListener("visibilitychange", wake);
  addEventListener("online", wake);

  const last = () => [...lines.querySelectorAll(':scope > [id^="message-"]')].at(-1)?.id.slice(8) ?? 0;
  const isForm = (detail) => detail.elt.id === "write";
  const wasSignedOut = ({ xhr, pathInfo }) =>
    xhr.responseURL && new URL(xhr.responseURL).pathname !== new URL(pathInfo.requestPath, location.href).pathname;

  chat.addEventListener("htmx:configRequest", ({ detail }) => {
    detail.parameters.after = last();
    if (isForm(detail)) sent = box().value;
  });

  chat.addEventListener("htmx:beforeSwap", ({ detail }) => {
    // The sign-in page is no message; what is refused for being too much brings the form back.
    if (wasSignedOut(detail)) detail.shouldSwap = false;
    else if (detail.xhr.status === 429 && detail.xhr.getResponseHeader("HX-Retarget")) {
      detail.shouldSwap = true;
      detail.isError = false;
    }
  });

  // A message that came by two answers, and a day that had begun before, stand there once.
  lines.addEventListener("htmx:afterSwap", () => {
    const seen = new Set();
    for (const line of [...lines.children]) {
      if (seen.has(line.id)) line.remove();
      seen.add(line.id);
    }
  });

  const isSent = () => {
    // What was typed while it was on its way stays.
    if (box().value.startsWith(sent)) box().value = box().value.slice(sent.length);
    box().removeAttribute("aria-invalid");
    for (const error of write().querySelectorAll(".errorlist")) error.remove();
    document.getElementById("scroll").scrollTop = 0;
    state.textContent = "";
  };

  chat.addEventListener("htmx:afterRequest", ({ detail }) => {
    isSignedOut = Boolean(wasSignedOut(detail));
    const { status } = detail.xhr;
    if (isSignedOut) state.textContent = state.dataset.signedOut;
    else if (isForm(detail)) {
      wait = SOON;
      if (status === 200) isSent();
      else if (status !== 422 && status !== 429) state.textContent = status ? state.dataset.refused : state.dataset.failed;
      else state.textContent = "";
    } else if (status === 200) wait = SOON;
    else wait = status === 204 ? Math.min(wait * 1.2, LATE) : Math.min(wait * 2, FAILING);
    plan();
  });

  plan();
})();
