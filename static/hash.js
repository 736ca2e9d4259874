// Works out the SHA3-256 of a file, in a thread of its own: a browser's own functions know no SHA3.
import { sha3_256 } from "./vendor/noble-hashes/sha3.js";

const TOLD_EVERY = 4 << 20;

onmessage = async ({ data: file }) => {
  const hash = sha3_256.create();
  const reader = file.stream().getReader();
  let read = 0, told = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    hash.update(value);
    read += value.length;
    if (read - told < TOLD_EVERY) continue;
    told = read;
    postMessage({ share: read / file.size });
  }
  postMessage({ hash: Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, "0")).join("") });
};
