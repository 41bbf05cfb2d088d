// Selecting photos: how many are chosen, all of the page at once, and ranges with the shift key.

const list = document.querySelector("[data-selection]");
const counter = document.querySelector("[data-selection-count]");

if (list && counter) {
  const boxes = [...list.querySelectorAll('input[name="image_ids"]')];
  const text = document.createElement("span");
  const all = document.createElement("button");
  all.type = "button";
  counter.replaceChildren(text, all);

  const show = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    text.textContent = chosen ? `${chosen} selected` : "Nothing selected";
    all.textContent = chosen === boxes.length ? "Select none" : "Select all on this page";
  };

  all.addEventListener("click", () => {
    const checked = boxes.some((box) => !box.checked);
    for (const box of boxes) box.checked = checked;
    show();
  });

  let last = null;
  list.addEventListener("click", (event) => {
    const index = boxes.indexOf(event.target);
    if (index < 0) return;
    if (event.shiftKey && last !== null) {
      const [from, to] = [Math.min(last, index), Math.max(last, index)];
      for (const box of boxes.slice(from, to + 1)) box.checked = event.target.checked;
    }
    last = index;
  });
  list.addEventListener("change", show);
  list.addEventListener("click", show);
  addEventListener("pageshow", show);
  show();
}
