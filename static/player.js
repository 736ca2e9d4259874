// What pages with a player do beyond the browser's own controls. All of it is extra.
"use strict";
(() => {
  const on = (type, handler, options) => document.addEventListener(type, handler, options);
  const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

  // --- a film that this browser has no decoder for: some then play the sound alone, without a word ---
  const film = document.querySelector("video[data-player]");
  const unplayable = document.querySelector("[data-unplayable]");
  if (film && unplayable) {
    const tell = () => {
      unplayable.hidden = false;
      document.querySelector("[data-transport]")?.remove();
    };
    const look = () => { if (film.error || (film.readyState > 0 && film.videoWidth === 0)) tell(); };
    for (const type of ["loadedmetadata", "error"]) film.addEventListener(type, look);
    look();
  }

  // --- the player's frame by frame, loop and frame number ---
  const player = film;
  const transport = document.querySelector("[data-transport]");
  if (player && transport) {
    transport.hidden = false;
    const rate = Number(player.dataset.rate);
    const shown = transport.querySelector("[data-frame]");
    const show = () => { shown.textContent = `frame ${Math.floor(player.currentTime * rate + 1e-4)}`; };
    for (const type of ["timeupdate", "seeked", "loadedmetadata"]) player.addEventListener(type, show);
    transport.addEventListener("click", (event) => {
      const button = closest(event, "[data-step]");
      if (!button) return;
      player.pause();
      const frame = Math.floor(player.currentTime * rate + 1e-4) + Number(button.dataset.step);
      player.currentTime = Math.max(0, (frame + 0.5) / rate);  // the middle of a frame, never its edge
    });
    transport.querySelector("[data-loop]").addEventListener("change", (event) => { player.loop = event.target.checked; });
  }

  // --- the strip, the waveform and the spectrum under a player: a place in them is a moment ---
  // Listened to at the document: a run's page puts its player there when the run is done.
  const playerOf = (seek) => seek.closest(".looked-at")?.querySelector("[data-player]");
  function seekTo(seek, share) {
    const media = playerOf(seek);
    if (media && Number.isFinite(media.duration)) media.currentTime = Math.min(0.9999, Math.max(0, share)) * media.duration;
  }
  const shareOf = (seek, event) => {
    const box = seek.getBoundingClientRect();
    return (event.clientX - box.left) / box.width;
  };
  on("pointerdown", (event) => {
    const seek = closest(event, "[data-seek]");
    if (!seek || event.button !== 0) return;
    event.preventDefault();
    seek.setPointerCapture(event.pointerId);
    seekTo(seek, shareOf(seek, event));
  });
  on("pointermove", (event) => {
    const seek = closest(event, "[data-seek]");
    if (seek?.hasPointerCapture(event.pointerId)) seekTo(seek, shareOf(seek, event));
  });
  function follow(event) {
    if (!event.target.matches?.("[data-player]") || !event.target.duration) return;
    for (const seek of event.target.closest(".looked-at").querySelectorAll("[data-seek]")) {
      let head = seek.querySelector(".playhead");
      if (!head) {
        head = document.createElement("span");
        head.className = "playhead";
        seek.append(head);
      }
      head.style.insetInlineStart = `${(100 * event.target.currentTime) / event.target.duration}%`;
    }
  }
  for (const type of ["timeupdate", "seeking", "seeked"]) on(type, follow, true);
})();
