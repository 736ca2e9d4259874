// Two results laid over each other, with one transport for both. Without it they stand side by side, each with its own.
"use strict";
(() => {
  const versus = document.querySelector("[data-versus]");
  if (!versus) return;
  const rate = Number(versus.dataset.rate) || 25;
  const [a, b] = versus.querySelectorAll("video, .pair img");
  const isVideo = a.matches("video");
  const MODES = ["side", "wipe", "onion", "difference", "blink"];
  const BLINK_MS = 600;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const find = (selector) => versus.querySelector(selector);
  for (const part of versus.querySelectorAll("[data-scripted]")) part.hidden = false;
  if (isVideo) for (const video of [a, b]) video.controls = false;

  // --- how they are laid; the address keeps it, so that a link shows the same ---
  const wanted = new URLSearchParams(location.hash.slice(1));
  function remember() {
    const now = new URLSearchParams({ mode: versus.dataset.mode });
    if (isVideo) now.set("frame", frameNow());
    history.replaceState(null, "", `#${now}`);
  }
  let blinking = 0;
  function lay(mode) {
    versus.dataset.mode = mode;
    find(`[name="mode"][value="${mode}"]`).checked = true;
    clearInterval(blinking);
    versus.classList.remove("shows-a");
    if (mode === "blink" && !still.matches) blinking = setInterval(() => versus.classList.toggle("shows-a"), BLINK_MS);
    remember();
  }
  versus.addEventListener("change", (event) => event.target.name === "mode" && lay(event.target.value));
  versus.addEventListener("input", (event) => {
    const name = event.target.dataset.set;
    if (name) versus.style.setProperty(`--${name}`, event.target.value);
  });
  find(".pair").addEventListener("click", () => {
    if (versus.dataset.mode === "blink") versus.classList.toggle("shows-a");
  });
  find(".pair").addEventListener("pointermove", (event) => {
    if (versus.dataset.mode !== "wipe" || !(event.buttons & 1)) return;
    const box = find(".pair").getBoundingClientRect();
    const slider = find('[data-set="wipe"]');
    slider.value = (event.clientX - box.left) / box.width;
    versus.style.setProperty("--wipe", slider.value);
  });

  // --- one transport ---
  let frameNow = () => 0;
  if (isVideo) {
    const [play, seek, shown, nudge] = ["[data-play]", "[data-seek-both]", "[data-frame]", "[data-nudge]"].map(find);
    const later = () => Number(nudge.value || 0) / rate;
    frameNow = () => Math.floor(a.currentTime * rate + 1e-4);
    const follow = () => { b.currentTime = Math.max(0, a.currentTime - later()); };
    const show = () => {
      shown.textContent = `frame ${frameNow()}`;
      if (a.duration) seek.value = a.currentTime / a.duration;
      play.textContent = a.paused ? "Play" : "Pause";
    };
    const toggle = () => { if (a.paused) { follow(); a.play(); b.play(); } else a.pause(); };
    const goTo = (seconds) => {
      a.pause();
      a.currentTime = Math.min(Math.max(0, seconds), a.duration || 0);
      follow();
      remember();
    };
    const step = (by) => goTo((frameNow() + by + 0.5) / rate);  // the middle of a frame, never its edge
    play.addEventListener("click", toggle);
    seek.addEventListener("input", () => goTo(seek.value * (a.duration || 0)));
    nudge.addEventListener("input", follow);
    a.addEventListener("pause", () => { b.pause(); follow(); remember(); });
    for (const type of ["timeupdate", "seeked", "loadedmetadata", "play", "pause"]) a.addEventListener(type, show);
    a.addEventListener("timeupdate", () => {  // two players drift
      if (!a.paused && Math.abs(a.currentTime - later() - b.currentTime) > 1.5 / rate) follow();
    });
    versus.addEventListener("click", (event) => {
      const button = event.target.closest?.("[data-step]");
      if (button) step(Number(button.dataset.step));
    });
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, select, textarea, button, a")) return;
      if (event.key === " ") { event.preventDefault(); toggle(); }
      else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
        event.preventDefault();
        step((event.key === "ArrowLeft" ? -1 : 1) * (event.shiftKey ? 10 : 1));
      }
    });
    const begin = Number(wanted.get("frame") || 0);
    const open = () => { if (begin) goTo((begin + 0.5) / rate); else show(); };
    if (a.readyState > 0) open(); else a.addEventListener("loadedmetadata", open, { once: true });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || localStorage.getItem("keys") === "off") return;
    if (event.target.closest?.("input:not([type='radio']), select, textarea")) return;
    const mode = MODES[Number(event.key) - 1];
    if (mode) lay(mode);
  });
  lay(MODES.includes(wanted.get("mode")) ? wanted.get("mode") : "side");
})();
