// Uploads each file by itself to the API: a progress bar and an outcome for each, drag and drop, patience with a busy server.

const AT_ONCE = 3;
const TRIES = 8;
const WAIT_SECONDS = 5; // when a busy server does not say how long

const form = document.querySelector("form[data-upload]");
const queue = document.querySelector("[data-queue]");
const list = document.querySelector("[data-list]");
const summary = document.querySelector("[data-summary]");
const blank = document.querySelector("#upload-item");
const input = form.querySelector('input[type="file"]');
const zone = form.querySelector("[data-drop-zone]");

const waiting = [];
const totals = { created: 0, duplicate: 0, rejected: 0 };
let running = 0;
let known = 0;

const seconds = (count) => new Promise((resolve) => setTimeout(resolve, count * 1000));

/** One POST with this file; resolves to {status, body, retryAfter}, rejects when the network fails. */
function send(file, wishes, onProgress) {
  const data = new FormData();
  for (const [name, value] of wishes) data.append(name, value);
  data.append("files", file, file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.dataset.upload);
    request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () =>
      resolve({
        status: request.status,
        body: request.response,
        retryAfter: Number(request.getResponseHeader("Retry-After")) || WAIT_SECONDS,
      }),
    );
    request.addEventListener("error", () => reject(new Error("The connection was lost.")));
    request.send(data);
  });
}

/** What the API calls these wishes; the tags are one list, so that a comma may stand inside a quoted one. */
function wishesOfForm() {
  const wishes = [];
  for (const name of ["title", "privacy_setting"]) {
    if (form.elements[name].value) wishes.push([name, form.elements[name].value]);
  }
  if (form.elements.album.value) wishes.push(["album_id", form.elements.album.value]);
  const tags = [...form.elements.tags.value.matchAll(/"([^"]+)"|([^,"]+)/g)]
    .map(([, quoted, plain]) => (quoted ?? plain).trim())
    .filter(Boolean);
  if (tags.length) wishes.push(["tags", JSON.stringify(tags)]);
  return wishes;
}

function say() {
  const { created, duplicate, rejected } = totals;
  const done = created + duplicate + rejected;
  const parts = [`${created} stored`];
  if (duplicate) parts.push(`${duplicate} already there`);
  if (rejected) parts.push(`${rejected} refused`);
  summary.textContent = done < known ? `${done} of ${known} done…` : `${parts.join(", ")}.`;
}

function finish(item, status, text, link) {
  totals[status] += 1;
  item.classList.add(status);
  item.querySelector("progress").hidden = true;
  item.querySelector(".upload-outcome").textContent = text;
  if (link) {
    const name = item.querySelector(".upload-name");
    const anchor = document.createElement("a");
    anchor.href = link;
    anchor.textContent = name.textContent;
    name.replaceChildren(anchor);
  }
  say();
}

const reasons = (errors) => (errors ?? []).map((error) => error.detail).join(" ");

async function upload({ file, item, wishes }) {
  const bar = item.querySelector("progress");
  const outcome = item.querySelector(".upload-outcome");
  const limit = Number(form.dataset.maxBytes);
  if (file.size > limit) return finish(item, "rejected", `Larger than ${Math.floor(limit / 2 ** 20)} MB.`);
  for (let turn = 1; turn <= TRIES; turn += 1) {
    outcome.textContent = "Uploading…";
    let answer;
    try {
      answer = await send(file, wishes, (share) => {
        bar.value = share * 100;
        if (share === 1) outcome.textContent = "Being looked at…";
      });
    } catch (trouble) {
      return finish(item, "rejected", `${trouble.message} Choose the file again to retry.`);
    }
    if (answer.status === 503 || answer.status === 429) {
      bar.value = 0;
      outcome.textContent = `The server is busy; trying again in ${answer.retryAfter} s`;
      await seconds(answer.retryAfter);
      continue;
    }
    const result = answer.body?.results?.[0];
    if (result?.status === "created") return finish(item, "created", "Stored", `/images/${result.id}`);
    if (result?.status === "duplicate") {
      const inTrash = result.location === "trash";
      return finish(item, "duplicate", `Already in your ${result.location ?? "library"}`, inTrash ? "/trash" : `/images/${result.id}`);
    }
    return finish(item, "rejected", reasons(result?.errors ?? answer.body?.errors) || `The server answered ${answer.status}.`);
  }
  return finish(item, "rejected", "The server stayed busy. Choose the file again to retry.");
}

async function work() {
  if (running >= AT_ONCE || !waiting.length) return;
  running += 1;
  await upload(waiting.shift());
  running -= 1;
  work();
}

function add(files) {
  const wishes = wishesOfForm();
  queue.hidden = false;
  for (const file of files) {
    const item = blank.content.firstElementChild.cloneNode(true);
    item.querySelector(".upload-name").textContent = file.name;
    item.querySelector("progress").setAttribute("aria-label", `Progress of ${file.name}`);
    item.querySelector(".upload-outcome").textContent = "Waiting";
    list.append(item);
    known += 1;
    waiting.push({ file, item, wishes });
  }
  say();
  for (let i = 0; i < AT_ONCE; i += 1) work();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  add(input.files);
  input.value = "";
});

zone.addEventListener("dragover", (event) => {
  event.preventDefault();
  zone.classList.add("over");
});
zone.addEventListener("dragleave", () => zone.classList.remove("over"));
zone.addEventListener("drop", (event) => {
  event.preventDefault();
  zone.classList.remove("over");
  add(event.dataTransfer.files);
});

addEventListener("beforeunload", (event) => {
  if (running) event.preventDefault();
});
