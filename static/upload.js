// Brings a file in: asks by size whether it may be here already, hashes it where it may, and sends it whole, or in
// pieces that go on where they stopped (tus 1.0) after a lost line, a restart of the server or a reload of the page.
"use strict";
(() => {
  const PIECE = 8 << 20, TRIES = 8, LONGEST_PAUSE_MS = 15000;
  const RETRIED = [0, 408, 409, 423, 429, 502, 503, 504];
  const workerAddress = new URL("hash.js", document.currentScript.src);
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

  // One request; resolves to {status, answer, header}, with status 0 where nobody answered.
  function send(method, address, { headers = {}, body = null, progress = null } = {}) {
    const request = new XMLHttpRequest();
    request.open(method, address);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", document.querySelector('meta[name="csrf-token"]').content);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    if (progress) request.upload.addEventListener("progress", (event) => progress(event.loaded));
    return new Promise((resolve) => {
      const end = () => {
        let answer = {};
        try { answer = JSON.parse(request.responseText); } catch { /* a 204 says nothing, an error without JSON too little */ }
        resolve({ status: request.status, answer, header: (name) => request.getResponseHeader(name) });
      };
      request.addEventListener("loadend", end);
      request.send(body);
    });
  }
  const sendJson = (method, address, value) => send(method, address, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) });
  const why = ({ status, answer }) => answer.detail ?? (status ? "refused" : "the server cannot be reached");

  function hashOf(file, tell) {
    const worker = new Worker(workerAddress, { type: "module" });
    return new Promise((resolve) => {
      const end = (hash) => { worker.terminate(); resolve(hash); };
      worker.addEventListener("error", () => end(null));
      worker.addEventListener("message", ({ data }) => {
        if (data.hash) end(data.hash); else tell(`hashing ${Math.floor(data.share * 100)} %`, data.share);
      });
      worker.postMessage(file);
    });
  }

  // What is here already, as the server tells of it; null where the file has to be sent.
  async function known(file, tell) {
    const bySize = await sendJson("POST", "/cache/have", { sizes: [file.size] });
    if (!bySize.answer.sizes?.length) return null;
    tell("hashing…", 0);
    const hash = await hashOf(file, tell);
    if (!hash) return null;
    const byHash = await sendJson("POST", "/cache/have", { content_hashes: [hash] });
    if (!byHash.answer.items?.[0]?.here) return null;
    const kept = await sendJson("POST", `/cache/${hash}/keep`, { name: file.name || "untitled" });
    return kept.status < 300 ? kept.answer : null;
  }

  async function whole(file, tell) {
    const body = new FormData();
    body.append("file", file, file.name);
    const progress = (sent) => (sent < file.size ? tell(`sending ${Math.floor(sent / file.size * 100)} %`, sent / file.size) : tell("checking…", 1));
    const done = await send("POST", "/cache/upload", { body, progress });
    return done.status && done.status < 300 ? { answer: done.answer } : { status: done.status, refused: why(done) };
  }

  // An upload that was begun, in this window or an earlier one, or a new one.
  async function begun(file) {
    const memory = `upload ${file.name} ${file.size} ${file.lastModified}`;
    const earlier = localStorage.getItem(memory);
    if (earlier) {
      const found = await send("GET", earlier);
      if (found.status === 200) return { memory, address: earlier, offset: found.answer.offset, place: found.header("Content-Location") };
      if (found.status) localStorage.removeItem(memory);
    }
    const headers = { "Tus-Resumable": "1.0.0", "Upload-Length": file.size, "Upload-Metadata": `filename ${base64(file.name)}` };
    const made = await send("POST", "/cache/uploads", { headers });
    if (made.status !== 201) return { status: made.status, refused: why(made) };
    const address = made.header("Location");
    localStorage.setItem(memory, address);
    return { memory, address, offset: 0, place: null };
  }

  async function inPieces(file, tell) {
    const upload = await begun(file);
    if (upload.refused) return upload;
    const headers = { "Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream" };
    while (!upload.place) {
      const { offset } = upload;
      const piece = file.slice(offset, offset + PIECE);
      const isLast = offset + piece.size === file.size;
      const progress = (sent) => {
        const share = (offset + sent) / file.size;
        tell(share < 1 ? `sending ${Math.floor(share * 100)} %` : "checking…", share);
      };
      const done = await send("PATCH", upload.address, { headers: { ...headers, "Upload-Offset": offset }, body: piece, progress });
      if (done.status !== 204) {
        if (done.status >= 400 && !RETRIED.includes(done.status)) localStorage.removeItem(upload.memory);
        return { status: done.status, refused: why(done) };
      }
      upload.offset = Number(done.header("Upload-Offset"));
      upload.place = done.header("Content-Location");
      if (isLast && !upload.place) return { status: 0, refused: "the server did not say what became of it" };
    }
    localStorage.removeItem(upload.memory);
    const item = await send("GET", upload.place);
    return item.status === 200 ? { answer: item.answer } : { status: item.status, refused: why(item) };
  }

  // Bring *file* in. `tell(words, share)` is called on the way. Resolves to what it became, or to {refused: why}.
  window.bringIn = async (file, tell) => {
    const found = await known(file, tell);
    if (found) {
      const since = found.known_since ? ` since ${new Date(found.known_since).toLocaleDateString()}` : "";
      return { answer: found, words: `already here${since}` };
    }
    const way = file.size > PIECE ? inPieces : whole;
    for (let tries = 1; ; tries += 1) {
      const came = await way(file, tell);
      if (came.answer) return { ...came, words: "ready" };
      if (!RETRIED.includes(came.status) || tries === TRIES) return came;
      const wait = Math.min(1000 * 2 ** (tries - 1), LONGEST_PAUSE_MS);
      tell(`${came.refused}; again in ${Math.round(wait / 1000)} s`, null);
      await pause(wait);
    }
  };
})();
