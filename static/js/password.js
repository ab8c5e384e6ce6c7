// A hint at a password's strength while it is typed. Only a hint: what the server's rules say decides.
(() => {
  "use strict";
  const COMMON = /(pass(word)?|qwert[yz]|asdf|letmein|welcome|admin|learn|1234|abc|iloveyou|monkey|dragon)/i;

  // 0 to 4, from the bits that a guesser without a dictionary would need, less what makes guessing easy.
  const strengthOf = (password) => {
    if (password.length < 8) return 0;
    const pools = [[/[a-z]/, 26], [/[A-Z]/, 26], [/\d/, 10], [/[^a-zA-Z\d]/, 33]];
    const pool = pools.reduce((sum, [pattern, size]) => sum + (pattern.test(password) ? size : 0), 0);
    const length = Math.min(password.length, new Set(password.toLowerCase()).size * 1.5);
    const bits = length * Math.log2(pool) - (COMMON.test(password) ? 24 : 0);
    return bits < 36 ? 1 : bits < 52 ? 2 : bits < 70 ? 3 : 4;
  };

  for (const hint of document.querySelectorAll("[data-lf-strength]")) {
    const field = document.getElementById(hint.dataset.lfStrength);
    if (!field) continue;
    const words = hint.dataset.words.split("|");
    const meter = hint.querySelector("meter");
    const status = hint.querySelector("[role=status]");
    field.closest(".lf-field")?.append(hint);
    const show = () => {
      const strength = strengthOf(field.value);
      hint.hidden = !field.value;
      meter.value = strength + 1;
      if (status.textContent !== words[strength]) status.textContent = words[strength];
    };
    field.addEventListener("input", show);
    show();
  }
})();
