// What a page tells the server beside the way, so that nobody waits for it: where a video stopped.
// What couldn't be told is kept in this browser for a day and told again, by this page or the next, with growing pauses.
//
//   outbox.put(url, fields, key)   Tell this address these fields. Of what waits under one key the latest is told; without
//                                  a key, under the address. Sending the same twice must change nothing.
//   outbox.waiting(key)            The fields that wait under this key, or null.
//   outbox.leave()                 The page goes: one more try that outlives it, whatever the pause.
//
// And what others need who keep and tell things in their own way:
//
//   outbox.person                  Whose page this is.
//   outbox.kept                    read, write, remove, names(prefix): in this browser, or where it keeps nothing, in memory.
//   outbox.teller()                Tells with growing pauses, see there.
window.outbox = (() => {
  "use strict";

  const KEPT_MS = 24 * 60 * 60 * 1000; // what is older may have been overtaken on another device
  const MOST_KEPT = 50;
  const MOST_AT_ONCE = 10; // a browser lets only so much outlive a page
  const FIRST_PAUSE_MS = 2_000;
  const LONGEST_PAUSE_MS = 60_000;
  const ANSWER_MS = 15_000;

  // Whoever else uses this browser doesn't send it in their own name.
  const { person } = document.currentScript.dataset;
  const mine = `outbox:${person}:`;
  const token = document.querySelector('input[name="csrfmiddlewaretoken"]')?.value;
  const memory = new Map(); // where the browser keeps nothing
  let timer;
  let isSending = false;
  let sent = null; // what is on its way

  const read = (name) => {
    try {
      return JSON.parse(localStorage.getItem(name) ?? memory.get(name) ?? "null");
    } catch {
      return JSON.parse(memory.get(name) ?? "null");
    }
  };
  const remove = (name) => {
    memory.delete(name);
    try {
      localStorage.removeItem(name);
    } catch {
      // nothing is kept there
    }
  };
  const write = (name, letter) => {
    remove(name); // or an earlier one would stay where this one finds no room
    try {
      localStorage.setItem(name, JSON.stringify(letter));
    } catch {
      memory.set(name, JSON.stringify(letter)); // full, or forbidden
    }
  };

  const named = (prefix) => {
    let names = [...memory.keys()];
    try {
      names = names.concat(Object.keys(localStorage));
    } catch {
      // nothing is kept there
    }
    return names.filter((name) => name.startsWith(prefix));
  };

  // Tells one thing after the other, and waits longer after each that nobody heard.
  //
  //   isRefused           Signed out meanwhile, or in anew with another token: the next page may.
  //   pause               Milliseconds until it should be tried again; 0 when it may be.
  //   hurry()             As if there had been no failure.
  //   tell(url, fields)   True when it was heard, or never will be.
  //   call(url, fields)   On leaving: true when the browser will tell it, and nobody will know the answer.
  const teller = () => {
    let tries = 0;
    let notBefore = 0;
    const body = (fields) => new URLSearchParams({ ...fields, csrfmiddlewaretoken: token });
    // Each page waits a little differently: they don't all come back at once.
    const wait = (response) => {
      const asked = Number(response?.headers.get("Retry-After")) * 1000 || 0;
      const grown = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries);
      tries += 1;
      notBefore = performance.now() + Math.max(asked, grown / 2) + (Math.random() * grown) / 2;
    };
    return {
      isRefused: !token,
      get pause() {
        return Math.max(notBefore - performance.now(), 0);
      },
      hurry() {
        notBefore = 0;
      },
      async tell(url, fields) {
        let response;
        try {
          const signal = AbortSignal.timeout(ANSWER_MS);
          const how = { method: "POST", keepalive: true, redirect: "manual", signal };
          response = await fetch(url, { ...how, body: body(fields) });
        } catch {
          response = null; // no network
        }
        this.isRefused = response?.type === "opaqueredirect" || response?.status === 403;
        const isOver = response && response.status !== 429 && response.status < 500 && !this.isRefused;
        if (isOver) tries = 0;
        else wait(response);
        return Boolean(isOver);
      },
      call: (url, fields) => Boolean(navigator.sendBeacon?.(url, body(fields))),
    };
  };
  const own = teller();

  // The names of everybody's letters in this browser, the oldest first, without those that time has passed over.
  const names = () => {
    const at = new Map(named("outbox:").map((name) => [name, read(name)?.at ?? 0]));
    for (const [name, time] of at) {
      if (time > Date.now() - KEPT_MS) continue;
      remove(name);
      at.delete(name);
    }
    return [...at.keys()].sort((one, other) => at.get(one) - at.get(other));
  };
  const myNames = () => names().filter((name) => name.startsWith(mine));

  // True when it was heard, or never will be.
  const send = async (name) => {
    const letter = read(name);
    if (!letter) return true;
    const text = JSON.stringify(letter);
    sent = text;
    if (!(await own.tell(letter.url, letter.fields))) return false;
    if (JSON.stringify(read(name)) === text) remove(name); // else a later one waits by now
    return true;
  };

  // One letter after the other, so that none overtakes.
  const flush = async () => {
    clearTimeout(timer);
    if (isSending || own.isRefused) return;
    if (!own.pause) {
      isSending = true;
      try {
        for (const name of myNames()) if (!(await send(name))) break;
      } finally {
        isSending = false;
      }
    }
    if (!own.isRefused && myNames().length) timer = setTimeout(flush, Math.max(own.pause, 100));
  };

  const put = (url, fields, key = url) => {
    write(mine + key, { url, fields, at: Date.now() });
    for (const name of names().slice(0, -MOST_KEPT)) remove(name);
    return flush();
  };
  const waiting = (key) => (names().includes(mine + key) ? read(mine + key).fields : null);
  const leave = () => {
    if (own.isRefused) return;
    for (const name of myNames().slice(0, MOST_AT_ONCE)) if (JSON.stringify(read(name)) !== sent) send(name);
  };

  addEventListener("online", () => {
    own.hurry();
    flush();
  });
  if (names().length) setTimeout(flush, Math.random() * FIRST_PAUSE_MS);
  return { put, waiting, leave, person, kept: { read, write, remove, names: named }, teller };
})();
