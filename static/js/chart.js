"use strict";
// Draws the growth chart with plotly over the server's SVG, in the colours of the theme. Without it the SVG stays.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const options = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };

  async function draw(box) {
    if (!window.Plotly) {
      return;
    }
    const theme = dark.matches ? "dark" : "light";
    const answer = await fetch(`${box.dataset.figure}&theme=${theme}`, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) {
      return;
    }
    const figure = await answer.json();
    const target = box.querySelector(".chart-figure");
    target.hidden = false;
    await window.Plotly.react(target, figure.data, figure.layout, options);
    box.classList.add("chart-ready");
  }

  function drawAll(root) {
    root.querySelectorAll(".chart[data-figure]").forEach((box) => draw(box));
  }

  dark.addEventListener("change", () => drawAll(document));
  document.addEventListener("DOMContentLoaded", () => {
    drawAll(document);
    document.body.addEventListener("htmx:afterSwap", (event) => drawAll(event.detail.elt.parentElement || document));
  });
})();
