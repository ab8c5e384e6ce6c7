// The lesson page: the small moment of completing, the outline's place, where a video stopped.
// Everything here is an addition; the page's links and forms work without it.
(() => {
  "use strict";

  // The progress grows before one's eyes: from what this tab last saw to what is true now.
  const bar = document.querySelector(".lf-lessonbar .lf-bar");
  if (bar) {
    const key = `percent:${location.pathname.split("/lessons/")[0]}`;
    const before = Number(sessionStorage.getItem(key) ?? bar.value);
    const now = bar.value;
    sessionStorage.setItem(key, String(now));
    if (before < now && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
      bar.value = before;
      requestAnimationFrame(() => requestAnimationFrame(() => (bar.value = now)));
    }
  }

  // What was just completed is said once, when the outline that came back agrees.
  const outline = document.getElementById("outline");
  const toast = document.querySelector(".lf-toast");
  const justDone = sessionStorage.getItem("completed");
  sessionStorage.removeItem("completed");
  const entry = justDone && outline?.querySelector(`.is-done > a[href="${CSS.escape(justDone)}"]`);
  if (entry && toast) {
    const tick = document.createElement("span");
    tick.className = "lf-tick lf-tick-done lf-tick-making";
    const words = document.createElement("span");
    words.textContent = `${toast.dataset.words} ${entry.querySelector(".lf-step-title").firstChild.textContent}`;
    // A status is read aloud when it changes after the page is there.
    setTimeout(() => toast.append(tick, words), 100);
    setTimeout(() => toast.replaceChildren(), 4000);
  }

  // The tick is drawn while the server answers; a second click sends nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-lf-complete]");
    if (!form) return;
    sessionStorage.setItem("completed", location.pathname);
    form.querySelector(".lf-tick")?.classList.add("lf-tick-making");
    const button = form.querySelector("button");
    setTimeout(() => (button.disabled = true));
    addEventListener("pageshow", () => (button.disabled = false), { once: true }); // back in history
  });

  // Code and tables are stops of the Tab key only while there is something to scroll.
  const watch = new ResizeObserver((changes) => {
    for (const { target } of changes) target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
  });
  for (const frame of document.querySelectorAll('.lf-prose [tabindex="0"]')) watch.observe(frame);

  // The outline opens where one is.
  const current = outline?.querySelector("[aria-current]");
  const showCurrent = () => {
    if (current) outline.scrollTop = current.offsetTop - outline.clientHeight / 3;
  };
  showCurrent();
  outline?.addEventListener("toggle", (event) => {
    if (event.newState !== "open") return;
    showCurrent();
    current?.focus({ preventScroll: true });
  });

  // Where a video stopped, told at most every ten seconds, on pause and on leaving.
  const form = document.querySelector("[data-position-url]");
  const player = document.querySelector("[data-lf-video]");
  if (!form || !player) return;
  const url = form.dataset.positionUrl;
  const kept = outbox.waiting(url); // the server hasn't heard of it yet
  let seconds = Number(kept?.seconds ?? form.elements.seconds.value);
  let told = seconds;
  let toldAt = 0;
  if (kept && player.dataset.lfVideo === "file") player.currentTime = seconds;
  if (kept && player.dataset.lfVideo !== "file") {
    const address = new URL(player.src);
    if (player.dataset.lfVideo === "youtube") address.searchParams.set("start", seconds);
    else address.hash = `t=${seconds}`;
    player.src = address;
  }

  const tell = () => {
    const position = Math.floor(seconds);
    if (position === told) return;
    told = position;
    toldAt = Date.now();
    outbox.put(url, { seconds: position });
  };
  const isAt = (time) => {
    if (time !== seconds) document.dispatchEvent(new Event("lf:watching"));
    seconds = time;
    if (Date.now() - toldAt > 10_000) tell();
  };
  addEventListener("pagehide", () => {
    tell();
    outbox.leave();
  });
  document.addEventListener("visibilitychange", () => document.hidden && tell());

  if (player.dataset.lfVideo === "file") {
    player.addEventListener("timeupdate", () => isAt(player.currentTime));
    player.addEventListener("pause", tell);
    return;
  }

  // The players of other sites speak by messages; nothing of theirs is loaded into this page.
  const origin = new URL(player.src).origin;
  const say = (message) => player.contentWindow?.postMessage(JSON.stringify(message), origin);
  const greet = () => {
    if (player.dataset.lfVideo === "youtube") {
      say({ event: "listening", id: "lesson", channel: "widget" });
    } else {
      say({ method: "addEventListener", value: "timeupdate" });
      say({ method: "addEventListener", value: "pause" });
    }
  };
  let heard = false;
  addEventListener("message", (event) => {
    if (event.origin !== origin || event.source !== player.contentWindow) return;
    let data = event.data;
    try {
      data = typeof data === "string" ? JSON.parse(data) : data;
    } catch {
      return;
    }
    if (data?.event === "ready") greet();
    const time = data?.info?.currentTime ?? data?.data?.seconds;
    if (typeof time !== "number" || !Number.isFinite(time)) return;
    heard = true;
    isAt(time);
    if (data.event === "pause" || data.info?.playerState === 2) tell();
  });
  player.addEventListener("load", greet);
  let tries = 0;
  const greeting = setInterval(() => {
    if (heard || (tries += 1) > 10) clearInterval(greeting);
    else greet();
  }, 1000);
})();
