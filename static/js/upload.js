"use strict";
// Sends the scan's form with a progress bar. Without it the browser sends the same form by itself.
(() => {
  function wire(form) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form);
    });
  }

  function send(form) {
    const warning = form.querySelector(".no-scale");
    const accepted = form.elements.without_scale;
    if (warning && warning.offsetParent !== null && !accepted.checked) {
      warning.scrollIntoView({ block: "center" });
      accepted.focus();
      return;
    }
    const box = form.querySelector(".upload-progress");
    const bar = box.querySelector("progress");
    const words = box.querySelector(".upload-words");
    const buttons = form.querySelectorAll("button");
    const finish = (sentence) => {
      buttons.forEach((button) => { button.disabled = false; });
      words.textContent = sentence;
    };
    const request = new XMLHttpRequest();
    request.open("POST", form.action || window.location.href);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) {
        const percent = Math.round((event.loaded / event.total) * 100);
        bar.value = percent;
        words.textContent = `${form.dataset.sending} ${percent} %`;
      }
    });
    request.addEventListener("load", () => {
      if (request.status < 400) {
        window.location.assign(request.responseURL);
      } else if (request.status === 422) {
        replace(form, request.responseText);
      } else {
        finish(form.dataset.failed);
      }
    });
    request.addEventListener("error", () => finish(form.dataset.failed));
    const body = new FormData(form);
    buttons.forEach((button) => { button.disabled = true; });
    box.hidden = false;
    words.textContent = form.dataset.sending;
    request.send(body);
  }

  // Shows the refused form; the chosen films stay chosen.
  function replace(form, text) {
    const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("form[data-upload]");
    if (!fresh) {
      window.location.reload();
      return;
    }
    fresh.querySelectorAll('input[type="file"]').forEach((empty) => {
      const chosen = form.elements[empty.name];
      if (chosen) {
        empty.replaceWith(chosen);
      }
    });
    form.replaceWith(fresh);
    wire(fresh);
    fresh.querySelector(".error, .notice-error")?.scrollIntoView({ block: "center" });
  }

  document.querySelectorAll("form[data-upload]").forEach(wire);
})();
