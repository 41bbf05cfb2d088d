// The arrow keys walk to the neighbouring photos, unless one is typing or selecting.

const typing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

document.addEventListener("keydown", (event) => {
  const relation = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  if (!relation || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || typing(event.target)) return;
  document.querySelector(`.neighbours [rel="${relation}"]`)?.click();
});
