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
    letPointsBeReached(target);
    box.classList.add("chart-ready");
  }

  // Each point can be reached with Tab and says all that its label shows.
  function letPointsBeReached(target) {
    target.querySelectorAll(".scatterlayer .trace").forEach((trace) => {
      const curve = trace.__data__[0].trace;
      const words = target.data[curve.index].hovertext;
      if (!words) {
        return;
      }
      trace.querySelectorAll(".points path").forEach((mark) => {
        const number = mark.__data__.i;
        mark.setAttribute("tabindex", "0");
        mark.setAttribute("role", "img");
        mark.setAttribute("aria-label", words[number].replaceAll("<br>", "; "));
        mark.addEventListener("focus", () => {
          window.Plotly.Fx.hover(target, [{ curveNumber: curve.index, pointNumber: number }]);
        });
        mark.addEventListener("blur", () => window.Plotly.Fx.unhover(target));
      });
    });
  }

  // On a phone the tabs are one line: the chosen one is scrolled into it, the page stays where it is.
  function showChosenTab(root) {
    root.querySelectorAll(".chart-tabs").forEach((tabs) => {
      const chosen = tabs.querySelector("[aria-current]");
      if (chosen) {
        const middle = chosen.getBoundingClientRect().left + chosen.offsetWidth / 2;
        const line = tabs.getBoundingClientRect();
        tabs.scrollLeft += middle - (line.left + line.width / 2);
      }
    });
  }

  function drawAll(root) {
    showChosenTab(root);
    root.querySelectorAll(".chart[data-figure]").forEach((box) => draw(box));
  }

  dark.addEventListener("change", () => drawAll(document));
  document.addEventListener("DOMContentLoaded", () => {
    drawAll(document);
    document.body.addEventListener("htmx:afterSwap", (event) => drawAll(event.detail.elt.parentElement || document));
  });
})();
