"use strict";
// Says beside each number how far it is from the child's last one, while it is typed. Without it the server says so
// when the form comes back.
(() => {
  const signed = new Intl.NumberFormat(document.documentElement.lang, {
    signDisplay: "exceptZero",
    maximumFractionDigits: 3,
  });
  const day = document.querySelector('input[name="measured_on"]');

  function say(note, input) {
    const typed = input.value.trim().replace(",", ".");
    const isLater = !day || !day.value || day.value >= note.dataset.on;
    if (!/^\d+(\.\d+)?$/.test(typed) || !isLater) {
      note.textContent = "";
      return;
    }
    const change = Math.round((Number(typed) - Number(note.dataset.last)) * 1000) / 1000;
    note.textContent = change
      ? note.dataset.changed.replace("{change}", `${signed.format(change)} ${note.dataset.unit}`)
      : note.dataset.same;
  }

  document.querySelectorAll("output[data-last]").forEach((note) => {
    const input = document.getElementById(note.htmlFor.value);
    input.addEventListener("input", () => say(note, input));
    day?.addEventListener("change", () => say(note, input));
  });
})();
