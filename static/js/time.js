// How long one learned: the seconds in which the page is visible and used, told every 15 to 20 seconds and on leaving.
// What couldn't be told is kept in this browser for 15 minutes, one key a beat, so that tabs don't get in each other's
// way, and told again under the same id. How old a beat is, its page says anew each time, so no clock need be right.
(() => {
  "use strict";

  const SHORTEST_BEAT_MS = 15_000; // or until one leaves or rests
  const LONGEST_BEAT_MS = 20_000;
  const WORTH_TELLING_MS = 500;
  const IDLE_MS = 60_000;
  const LOOK_MS = 5_000;
  const LATE_MS = 10_000; // a look as late as this comes from a machine that slept
  const KEPT_MS = 15 * 60_000;
  const MOST_AT_ONCE = 60;
  const UNSURE_MS = 20_000; // nobody knows earlier that an answer won't come

  const { url, view } = document.currentScript.dataset;
  const { kept } = outbox;
  const mine = `beat:${outbox.person}:`;
  const teller = outbox.teller();
  // Of a kept beat: the same in all pages of this browser, and whoever sets its clock doesn't change it.
  const shared = (time = performance.now()) => performance.timeOrigin + time;

  // By the clock of this page.
  let since = null; // the beginning of what isn't a beat yet; null while nobody learns
  let looked = 0;
  let used = 0;
  let length = 0;
  let look;
  let again;
  let isSending = false;

  const newId = () =>
    // A random UUID; `crypto.randomUUID` is missing where a site is reached without TLS.
    "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
      (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16),
    );

  const begin = (now) => {
    since = looked = now;
    length = SHORTEST_BEAT_MS + Math.random() * (LONGEST_BEAT_MS - SHORTEST_BEAT_MS);
  };

  // What was learned until now becomes a beat, once it is long enough or `isOver`. True when there is a new one.
  const account = (isOver) => {
    if (since === null) return false;
    const now = performance.now();
    const end = now - looked > LATE_MS ? looked : Math.min(now, used + IDLE_MS);
    const goesOn = end === now && !isOver;
    looked = now;
    if (goesOn && now - since < length) return false;
    const isWorthIt = end - since >= WORTH_TELLING_MS;
    if (isWorthIt) kept.write(mine + newId(), { view, seconds: (end - since) / 1000, end: shared(end), told: 0 });
    if (goesOn) begin(now);
    else since = null;
    return isWorthIt;
  };

  const watch = () => {
    clearTimeout(look);
    if (account(false)) flush();
    const now = performance.now();
    if (since === null && !document.hidden && now - used < IDLE_MS) begin(now); // used again, or awake
    if (since !== null) look = setTimeout(watch, Math.min(LOOK_MS, Math.max(since + length - now, 0)));
  };

  // Called by every movement: it must be nothing.
  const use = () => {
    const now = performance.now();
    if (since !== null && now - used < IDLE_MS) {
      used = now;
    } else if (!document.hidden) {
      if (account(false)) flush();
      used = now;
      watch();
    }
  };

  // My beats of which nobody is just being told, [name, beat] each; those of anybody that are too old go.
  const waiting = () => {
    const now = shared();
    const found = [];
    for (const name of kept.names("beat:")) {
      const beat = kept.read(name);
      if (!(now - beat?.end < KEPT_MS)) kept.remove(name);
      else if (name.startsWith(mine) && !(Math.abs(now - beat.told) < UNSURE_MS)) found.push([name, beat]);
    }
    return found.slice(0, MOST_AT_ONCE);
  };
  const mark = (beats, told) => {
    for (const [name, beat] of beats) kept.write(name, { ...beat, told });
  };
  const fields = (beats) => {
    const now = shared();
    const claims = beats.map(([name, { view, seconds, end }]) => ({
      id: name.slice(mine.length),
      view,
      seconds,
      age: Math.max(now - end, 0) / 1000,
    }));
    return { beats: JSON.stringify(claims) };
  };

  const flush = async () => {
    clearTimeout(again);
    let beats = waiting();
    if (isSending || teller.isRefused) return;
    isSending = true;
    try {
      while (beats.length && !teller.pause) {
        mark(beats, shared());
        if (await teller.tell(url, fields(beats))) for (const [name] of beats) kept.remove(name);
        else mark(beats, 0);
        beats = waiting();
      }
    } finally {
      isSending = false;
    }
    const hasMore = kept.names(mine).length > 0;
    if (hasMore && !teller.isRefused) again = setTimeout(flush, teller.pause || UNSURE_MS);
  };

  // Nobody will hear the answer, so these are told again, unless the page lives on and had one.
  const leave = () => {
    account(true);
    const beats = waiting();
    if (!beats.length || teller.isRefused) return;
    mark(beats, shared());
    if (!teller.call(url, fields(beats))) teller.tell(url, fields(beats));
  };

  for (const name of ["pointermove", "pointerdown", "touchstart", "wheel", "scroll", "keydown", "lf:watching"]) {
    document.addEventListener(name, use, { passive: true, capture: true });
  }
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) use();
    else if (account(true)) flush();
  });
  addEventListener("pagehide", leave);
  addEventListener("pageshow", (event) => event.persisted && use()); // back in history
  addEventListener("online", () => {
    teller.hurry();
    flush();
  });
  use();
  if (kept.names("beat:").length) again = setTimeout(flush, Math.random() * 2_000);
})();
