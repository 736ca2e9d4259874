// What the pages of media, recipes and effects do beyond app.js. All of it is extra: forms and links work without.
"use strict";
(() => {
  const on = (type, handler, options) => document.addEventListener(type, handler, options);
  const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);
  document.documentElement.classList.add("has-scripts");

  // --- a tile's clip plays while its card is pointed at, or has the focus ---
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const clipOf = (card) => card?.querySelector("video[data-hover]");
  function startClip(card) {
    const video = clipOf(card);
    if (!video || still.matches || "wanted" in video.dataset) return;
    video.dataset.wanted = "";
    setTimeout(() => {
      if (!("wanted" in video.dataset)) return;
      video.src ||= video.dataset.hover;
      video.play().then(() => video.classList.add("playing")).catch(() => {});
    }, 180);
  }
  function stopClip(card) {
    const video = clipOf(card);
    if (!video || card.matches(":hover") || card.contains(document.activeElement)) return;
    delete video.dataset.wanted;
    video.classList.remove("playing");
    video.pause();
  }
  on("pointerenter", (event) => event.target.matches?.(".card") && startClip(event.target), true);
  on("pointerleave", (event) => event.target.matches?.(".card") && stopClip(event.target), true);
  on("focusin", (event) => startClip(closest(event, ".card")));
  on("focusout", (event) => setTimeout(() => stopClip(closest(event, ".card"))));

  // --- a picture that cannot be drawn leaves its box empty, not broken ---
  on("error", (event) => event.target.matches?.(".tile > img") && event.target.classList.add("failed"), true);

  // --- a clip's tile shows the frame that lies under the pointer; with the focus on it, one after the other ---
  const FRAMES = 10, FOCUS_MS = 350;
  function showFrame(tile, place) {
    let frame = tile.querySelector(".frame");
    if (!frame) {
      frame = document.createElement("span");
      frame.className = "frame";
      frame.style.backgroundImage = `url("${tile.dataset.strip}")`;
      tile.append(frame);
    }
    frame.style.backgroundPositionX = `${(100 * place) / (FRAMES - 1)}%`;
  }
  const endFrames = (tile) => tile?.querySelector(".frame")?.remove();
  const stripOf = (event) => closest(event, ".card")?.querySelector("[data-strip]");
  on("pointermove", (event) => {
    const tile = stripOf(event);
    if (!tile || event.pointerType === "touch") return;
    const box = tile.getBoundingClientRect();
    const share = Math.min(0.999, Math.max(0, (event.clientX - box.left) / box.width));
    showFrame(tile, Math.floor(share * FRAMES));
  });
  on("pointerleave", (event) => event.target.matches?.(".card") && endFrames(event.target.querySelector("[data-strip]")), true);
  let turning = 0;
  on("focusin", (event) => {
    const tile = stripOf(event);
    clearInterval(turning);
    if (!tile || still.matches || !event.target.matches(":focus-visible")) return;
    let place = 0;
    turning = setInterval(() => showFrame(tile, place++ % FRAMES), FOCUS_MS);
  });
  on("focusout", (event) => { clearInterval(turning); endFrames(stripOf(event)); });

  // --- several media for one input of a recipe: hidden fields carry them in the order of picking ---
  // Without scripts the checkboxes themselves are sent, in the order of the list.
  const boxes = (field) => [...field.querySelectorAll('.choices input[type="checkbox"]')];
  const picksOf = (field) => [...field.querySelectorAll(".choices input[data-pick]")];
  function startPicking(field) {
    if (!field.matches("[data-many]")) return;
    for (const pick of picksOf(field)) pick.remove();
    for (const box of boxes(field)) {
      box.removeAttribute("name");
      if (box.checked) pick(field, box);
    }
    tellPicks(field);
  }
  function pick(field, box) {
    const hidden = document.createElement("input");
    Object.assign(hidden, { type: "hidden", name: `inputs.${field.dataset.node}`, value: box.value });
    hidden.dataset.pick = "";
    hidden.box = box;
    field.querySelector(".choices").append(hidden);
  }
  function tellPicks(field) {
    const picks = picksOf(field);
    for (const box of boxes(field)) delete box.nextElementSibling.dataset.place;
    picks.forEach((one, place) => { one.box.nextElementSibling.dataset.place = place + 1; });
    const names = picks.map((one) => one.box.closest(".choice").title);
    const [told, clear] = [field.querySelector("[data-picked]"), field.querySelector("[data-unpick]")];
    told.textContent = names.length ? `${names.length} picked: ${names.join(", ")}` : told.dataset.picked || "Pick them in the order in which they are to come.";
    clear.hidden = !names.length;
  }
  on("change", (event) => {
    const field = closest(event, ".input-field[data-many]");
    const box = event.target;
    if (!field || box.type !== "checkbox") return;
    if (box.checked) pick(field, box);
    else picksOf(field).find((one) => one.box === box)?.remove();
    tellPicks(field);
  }, true);
  on("click", (event) => {
    const field = closest(event, "[data-unpick]")?.closest(".input-field");
    if (!field) return;
    for (const box of boxes(field)) box.checked = false;
    startPicking(field);
    boxes(field)[0]?.dispatchEvent(new Event("change", { bubbles: true }));
  });
  const startAll = () => document.querySelectorAll(".input-field[data-many]").forEach(startPicking);
  startAll();
  addEventListener("pageshow", (event) => { if (event.persisted) startAll(); });
  on("htmx:after:swap", () => {
    for (const field of document.querySelectorAll(".input-field[data-many]")) if (field.querySelector('input[type="checkbox"][name]')) startPicking(field);
  });

  // --- files for one input of a recipe: they go up at once and are chosen when they are in ---
  async function bring(field, file, count) {
    const state = field.querySelector(".bring-state");
    const name = count > 1 ? `${file.name}: ` : "";
    const came = await bringIn(file, (words) => { state.textContent = name + words; });
    if (came.answer) choose(field, came.answer);
    state.textContent = name + (came.refused ?? came.words);
    return came.answer ?? null;
  }
  async function bringAll(field, files) {
    const refused = [];
    const state = field.querySelector(".bring-state");
    for (const file of field.matches("[data-many]") ? files : files.slice(0, 1)) {
      if (!await bring(field, file, files.length)) refused.push(state.textContent);
    }
    if (refused.length) state.textContent = refused.join("; ");
  }
  function choose(field, answer) {
    const choices = field.querySelector(".choices");
    let input = choices.querySelector(`.choice input[value="${answer.content_hash}"]`);
    if (!input) {
      const label = document.createElement("label");
      label.className = "choice";
      label.title = answer.name;
      input = document.createElement("input");
      const type = field.matches("[data-many]") ? "checkbox" : "radio";
      Object.assign(input, { type, value: answer.content_hash, ...(type === "radio" && { name: `inputs.${field.dataset.node}` }) });
      const tile = document.createElement("span");
      tile.className = "tile";
      tile.dataset.kind = answer.kind;
      if (answer.kind !== "data") {
        const picture = document.createElement("img");
        Object.assign(picture, { src: `/cache/${answer.content_hash}/poster`, alt: "", width: 160, height: 100 });
        tile.append(picture);
      }
      const name = document.createElement("span");
      name.className = "name";
      name.textContent = answer.name;
      label.append(input, tile, name);
      choices.prepend(label);
    }
    if (input.checked) return;
    input.checked = true;
    input.scrollIntoView({ block: "nearest" });
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
  on("change", (event) => {
    const file = closest(event, "input[data-bring]");
    if (!file?.files.length) return;
    bringAll(file.closest(".input-field"), [...file.files]);
    file.value = "";  // it is chosen by its hash from here on
    event.stopPropagation();
  }, true);
  for (const type of ["dragover", "dragleave", "drop"]) {
    on(type, (event) => {
      const field = closest(event, ".input-field");
      if (!field || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      field.classList.toggle("over", type === "dragover");
      if (type === "drop" && event.dataTransfer.files.length) bringAll(field, [...event.dataTransfer.files]);
    });
  }

  // --- forms that are sent as soon as a file is chosen ---
  on("change", (event) => closest(event, "input[data-send]")?.form.requestSubmit());

  // --- what went wrong is where the reader begins ---
  document.querySelector("[data-focus]")?.focus();

  // --- a long list that is all here is narrowed while typing ---
  for (const form of document.querySelectorAll("form[data-narrow]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => {
      const words = form.querySelector("input").value.toLowerCase().split(/\s+/).filter(Boolean);
      const place = document.querySelector(form.dataset.narrow);
      for (const item of place.querySelectorAll("[data-words]")) {
        const text = item.dataset.words.toLowerCase();
        item.hidden = !words.every((word) => text.includes(word));
      }
      for (const group of place.querySelectorAll("[data-group]")) group.hidden = !group.querySelector("[data-words]:not([hidden])");
    });
  }
})();
