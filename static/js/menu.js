// Folds the menu when the focus or a click goes elsewhere, and on Escape. Without this it stays open until it is clicked.
"use strict";
document.addEventListener("click", foldOthers);
document.addEventListener("focusin", foldOthers);
document.addEventListener("keydown", (event) => {
  const open = document.querySelector("details.menu[open]");
  if (event.key === "Escape" && open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

function foldOthers(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
}
