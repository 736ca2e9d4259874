// What pages do beyond links, forms and htmx: theme, copying, uploads with progress, a few keys. All of it is extra:
// every page works without this file.
"use strict";
(() => {
  const root = document.documentElement;
  const on = (type, handler, options) => document.addEventListener(type, handler, options);
  const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

  // --- theme ---
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  on("click", (event) => {
    if (!closest(event, "[data-theme-toggle]")) return;
    root.dataset.theme = isDark() ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
  });

  // --- copy buttons: data-copy holds the text, data-copy-from the id of an element that does ---
  on("click", async (event) => {
    const button = closest(event, "[data-copy], [data-copy-from]");
    if (!button) return;
    event.preventDefault();
    const text = button.dataset.copy ?? document.getElementById(button.dataset.copyFrom).textContent;
    await navigator.clipboard.writeText(text);
    button.dataset.done = "";
    setTimeout(() => delete button.dataset.done, 1500);
  });

  // --- questions before what cannot be undone ---
  on("submit", (event) => {
    const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
    if (question && !confirm(question)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  // --- fields that show their value: <output data-of="id of a range"> ---
  on("input", (event) => {
    for (const shown of document.querySelectorAll(`output[data-of="${CSS.escape(event.target.id)}"]`)) shown.value = event.target.value;
    const twin = event.target.dataset?.twin && document.getElementById(event.target.dataset.twin);
    if (twin) twin.value = event.target.value;
  });

  // --- filters apply themselves ---
  on("change", (event) => {
    const form = closest(event, "form[data-auto]");
    if (form && event.target.matches("select")) form.requestSubmit();
  });

  // --- fragments that did not change are not sent again, and a server that is away is said so ---
  const etags = new Map();
  const banner = document.getElementById("away");
  let lastAnswer = new Date();
  const keyOf = (ctx) => `${ctx.request.action} ${ctx.request.headers["HX-Target"] ?? ""}`;
  on("htmx:before:request", (event) => {
    const { request } = event.detail.ctx;
    const known = request.method === "GET" && etags.get(keyOf(event.detail.ctx));
    if (known) request.headers["If-None-Match"] = known;
  });
  on("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    const etag = ctx.response?.headers.get("ETag");
    if (etag && ctx.request.method === "GET") etags.set(keyOf(ctx), etag);
    if (ctx.response?.status < 500) {
      banner.hidden = true;
      lastAnswer = new Date();
    } else showAway();
  });
  on("htmx:error", (event) => event.detail.ctx?.request && showAway());
  function showAway() {
    const time = banner.querySelector("time");
    time.textContent = lastAnswer.toLocaleTimeString();
    banner.hidden = false;
  }

  // --- a fragment may carry the page's title ---
  on("htmx:after:swap", () => {
    const title = document.querySelector("[data-title]")?.dataset.title;
    if (title) document.title = title;
  });

  // --- pictures of videos play while their card or row is pointed at or has the focus ---
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  function move(item) {
    const picture = item.querySelector("img[data-moving]");
    if (!picture || still.matches || item.querySelector("video")) return;
    const video = document.createElement("video");
    Object.assign(video, { src: picture.dataset.moving, muted: true, loop: true, playsInline: true, tabIndex: -1 });
    video.setAttribute("aria-hidden", "true");
    video.addEventListener("playing", () => { picture.hidden = true; video.hidden = false; });
    video.hidden = true;
    picture.after(video);
    video.play().catch(() => video.remove());
  }
  function stopMoving(item) {
    item.querySelector(".thumb video")?.remove();
    const picture = item.querySelector("img[data-moving]");
    if (picture) picture.hidden = false;
  }
  for (const [type, act] of [["pointerover", move], ["focusin", move], ["pointerout", stopMoving], ["focusout", stopMoving]]) {
    on(type, (event) => {
      const item = closest(event, "[data-item]");
      if (item && !item.contains(event.relatedTarget)) act(item);
    });
  }

  // --- uploads: upload.js brings each file in; without scripts the form sends them itself ---
  const say = (row, words, done) => {
    row.querySelector(".state").textContent = words;
    if (done) row.querySelector("progress").hidden = true;
  };
  const refuse = (row, words) => {
    row.classList.add("refused");
    say(row, `✕ ${words}`, true);
  };
  async function send(form, file) {
    const list = form.querySelector(".uploads");
    const row = document.createElement("li");
    row.innerHTML = '<span class="name"></span><span class="state" role="status"></span><progress max="1" value="0"></progress>';
    row.querySelector(".name").textContent = file.name;
    const bar = row.querySelector("progress");
    bar.setAttribute("aria-label", `Upload of ${file.name}`);
    list.append(row);
    const came = await bringIn(file, (words, share) => {
      say(row, words);
      if (share !== null) bar.value = share;
    });
    if (came.refused) { refuse(row, came.refused); return null; }
    say(row, "", true);
    const link = document.createElement("a");
    link.href = `/cache/${came.answer.content_hash}`;
    link.textContent = `${came.words} → open`;
    row.querySelector(".state").append(link);
    return { ...came.answer, wasHere: came.words !== "ready" };
  }
  async function sendAll(form, files) {
    const answers = [];
    for (const file of files) answers.push(await send(form, file));
    form.dispatchEvent(new CustomEvent("artdag:uploaded", { bubbles: true, detail: answers }));
    const made = answers.filter(Boolean);
    if (made.some((one) => one.wasHere)) return;  // what was here already is to be read, not swept away
    if (made.length === answers.length && made.length && form.dataset.then === "reload") location.reload();
    else if (made.length === 1 && form.dataset.then === "open") location.href = `/cache/${made[0].content_hash}`;
  }
  on("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-upload]")) return;
    const input = form.querySelector('input[type="file"]');
    if (!input.files.length) return;
    event.preventDefault();
    const files = [...input.files];
    input.value = "";
    sendAll(form, files);
  });
  on("change", (event) => {
    const form = closest(event, "form[data-upload]");
    if (form && event.target.type === "file" && event.target.files.length) form.requestSubmit();
  });
  for (const type of ["dragover", "dragleave", "drop"]) {
    on(type, (event) => {
      const form = document.querySelector("form[data-upload]");
      if (!form || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      form.classList.toggle("over", type === "dragover");
      if (type === "drop") sendAll(form, [...event.dataTransfer.files]);
    });
  }
  on("paste", (event) => {
    const form = document.querySelector("form[data-upload]");
    if (form && event.clipboardData.files.length) sendAll(form, [...event.clipboardData.files]);
  });

  // --- picking in a list: the form keeps the order of picking, and what is picked though its box was swapped away ---
  const picks = new Map([...document.querySelectorAll("form[data-picking]")].map((form) => [form, []]));
  const boxesOf = (form) => [...form.elements].filter((one) => one.type === "checkbox");
  const boxOf = (item) => [...(item?.querySelectorAll(".pick input") ?? [])].find((box) => picks.has(box.form));
  function setPick(form, box, isPicked) {
    const all = picks.get(form), place = all.indexOf(box.value);
    box.checked = isPicked;
    if (isPicked && place < 0) all.push(box.value);
    if (!isPicked && place >= 0) all.splice(place, 1);
  }
  function tellPicked(form) {
    const all = picks.get(form);
    for (const box of boxesOf(form)) {
      box.checked = all.includes(box.value);
      if (box.checked) box.parentElement.dataset.place = all.indexOf(box.value) + 1;
      else delete box.parentElement.dataset.place;
    }
    form.toggleAttribute("data-any", all.length > 0);
    form.querySelector("[data-count]").textContent = all.length ? `${all.length} picked` : "";
    for (const button of form.querySelectorAll("[data-needs]")) button.hidden = all.length !== Number(button.dataset.needs);
  }
  function startPicks() {  // what the browser itself remembers, after Back
    for (const form of picks.keys()) {
      for (const box of boxesOf(form)) if (box.checked) setPick(form, box, true);
      tellPicked(form);
    }
  }
  let lastBox = null;
  on("click", (event) => {
    const box = closest(event, '.pick input[type="checkbox"]');
    const form = box?.form;
    if (!picks.has(form)) return;
    const all = boxesOf(form), from = all.findIndex((one) => one.value === lastBox), to = all.indexOf(box);
    const range = event.shiftKey && from >= 0 ? (from < to ? all.slice(from, to + 1) : all.slice(to, from + 1).reverse()) : [box];
    for (const one of range) setPick(form, one, box.checked);
    lastBox = box.value;
    tellPicked(form);
  });
  on("reset", (event) => {
    if (!picks.has(event.target)) return;
    picks.get(event.target).length = 0;
    tellPicked(event.target);
    event.preventDefault();
  });
  on("formdata", (event) => {
    const all = picks.get(event.target);
    const name = event.target.dataset.picking;
    if (!all) return;
    event.formData.delete(name);
    for (const value of all) event.formData.append(name, value);
  });
  on("htmx:after:swap", () => picks.forEach((_, form) => tellPicked(form)));
  startPicks();
  addEventListener("pageshow", startPicks);

  // --- keys ---
  const keys = document.getElementById("keys");
  const areKeysOn = () => localStorage.getItem("keys") !== "off";
  const keySwitch = document.querySelector("[data-keys-switch]");
  if (keySwitch) {
    keySwitch.checked = areKeysOn();
    keySwitch.addEventListener("change", () => localStorage.setItem("keys", keySwitch.checked ? "on" : "off"));
  }
  on("click", (event) => closest(event, "[data-keys-open]") && keys.showModal());
  const items = () => [...document.querySelectorAll("[data-item]")];
  function step(by) {
    const all = items();
    if (!all.length) return;
    const now = all.findIndex((item) => item.classList.contains("selected"));
    all[now]?.classList.remove("selected");
    const next = all[Math.min(Math.max(now + by, 0), all.length - 1)];
    next.classList.add("selected");
    (next.querySelector("a[href]") ?? next).focus();
    next.scrollIntoView({ block: "nearest" });
  }
  // A link that looks like a button is pressed like one.
  on("keydown", (event) => {
    const link = event.key === " " && closest(event, 'a[role="button"]');
    if (link) {
      event.preventDefault();
      link.click();
    }
  });
  let went = 0;
  on("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !areKeysOn()) return;
    if (closest(event, 'input:not([type="checkbox"]), textarea, select, [contenteditable]') || keys?.open) return;
    const player = document.querySelector("[data-player]");
    const key = event.key;
    if (Date.now() - went < 1200 && /^[a-z]$/.test(key)) {
      went = 0;
      document.querySelector(`[data-go="${key}"]`)?.click();
      return;
    }
    if (key === "g") went = Date.now();
    else if (key === "?") keys?.showModal();
    else if (key === "/") {
      const field = document.querySelector('input[type="search"]');
      if (field) { event.preventDefault(); field.focus(); field.select(); }
    } else if (key === "j") step(1);
    else if (key === "k") step(-1);
    else if (key === "x") (boxOf(document.querySelector("[data-item].selected")) ?? boxOf(closest(event, "[data-item]")))?.click();
    else if (player && key === " " && !closest(event, "button, a, summary, video, audio, input")) {
      event.preventDefault();
      if (player.paused) player.play(); else player.pause();
    } else if (player?.matches("video") && (key === "," || key === ".")) {
      player.pause();
      player.currentTime += (key === "." ? 1 : -1) / Number(player.dataset.rate || 25);
    }
  });
})();
