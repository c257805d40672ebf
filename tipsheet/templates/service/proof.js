// Does the sum that the service asks for before it sends a letter, and sends the form (ALTCHA, second version:
// PBKDF2 of a number until the key begins as it should). Nothing is asked of another host. Without it, a button.
(() => {
  "use strict";
  const form = document.querySelector("form[data-challenge]");
  if (!form || !window.crypto || !crypto.subtle) return;

  const bytes = (hex) => Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));
  const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

  async function derived(parameters, counter) {
    const nonce = bytes(parameters.nonce);
    const password = new Uint8Array(nonce.length + 4);
    password.set(nonce);
    new DataView(password.buffer).setUint32(nonce.length, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(parameters.salt), iterations: parameters.cost };
    return hex(await crypto.subtle.deriveBits(how, key, parameters.keyLength * 8));
  }

  async function solve(parameters) {
    for (let counter = 0; ; counter += 1) {
      const derivedKey = await derived(parameters, counter);
      if (derivedKey.startsWith(parameters.keyPrefix)) return { counter, derivedKey };
    }
  }

  async function run() {
    const answer = await fetch(form.dataset.challenge, { credentials: "omit", cache: "no-store" });
    const challenge = await answer.json();
    const solution = await solve(challenge.parameters);
    form.elements.altcha.value = btoa(JSON.stringify({ challenge, solution }));
    form.submit();
  }

  run().catch(() => {
    document.getElementById("proof-status").textContent = form.dataset.failed;
  });
})();
