// Writing a recipe: line numbers, colours, marks at lines that are not right. The text area works without.
"use strict";
(() => {
  const WORDS = /(#.*$)|("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')|([A-Za-z_][\w.-]*)(?=\s*:(?:\s|$))|((?:^|(?<=[\s[,:]))-?\d+(?:\.\d+)?(?=[\s,\]}]|$))|\b(true|false|null)\b/g;
  const KINDS = ["comment", "text", "key", "number", "word"];
  function colour(line, text) {
    let end = 0;
    for (const found of text.matchAll(WORDS)) {
      const kind = KINDS[found.slice(1).findIndex((part) => part !== undefined)];
      // a hash that stands against a word is part of it
      if (kind === "comment" && found.index > 0 && !/\s/.test(text[found.index - 1])) continue;
      line.append(text.slice(end, found.index));
      const mark = document.createElement("span");
      mark.className = `yaml-${kind}`;
      mark.textContent = found[0];
      line.append(mark);
      end = found.index + found[0].length;
    }
    line.append(text.slice(end));
  }
  for (const code of document.querySelectorAll(".listing li > code")) {
    const text = code.textContent;
    code.textContent = "";
    colour(code, text);
  }

  const area = document.querySelector(".recipe-editor textarea");
  if (!area) return;
  const desk = document.createElement("div");
  desk.className = "desk";
  area.before(desk);
  const [numbers, picture] = ["numbers", "picture"].map((name) => {
    const layer = document.createElement("div");
    layer.className = name;
    layer.setAttribute("aria-hidden", "true");
    return layer;
  });
  desk.append(numbers, picture, area);
  desk.classList.add("ready");
  let wrong = new Set();
  let lines = [];
  function draw() {
    const now = area.value.split("\n");
    // only what changed is drawn again: a recipe may have thousands of lines
    while (picture.childElementCount > now.length) { picture.lastChild.remove(); numbers.lastChild.remove(); }
    now.forEach((text, place) => {
      if (place >= picture.childElementCount) {
        picture.append(document.createElement("div"));
        const number = document.createElement("div");
        number.textContent = place + 1;
        numbers.append(number);
      } else if (lines[place] === text) return;
      const line = picture.children[place];
      line.textContent = "";
      colour(line, text || " ");
    });
    lines = now;
    mark();
    follow();
  }
  function mark() {
    [...numbers.children].forEach((number, place) => number.classList.toggle("wrong", wrong.has(place + 1)));
  }
  function follow() {
    picture.style.transform = `translate(${-area.scrollLeft}px, ${-area.scrollTop}px)`;
    numbers.style.transform = `translateY(${-area.scrollTop}px)`;
  }
  area.addEventListener("input", draw);
  area.addEventListener("scroll", follow);
  draw();

  // Tab indents; after Escape it moves the focus, as everywhere else.
  let leaving = false;
  area.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leaving = true;
    else if (event.key === "Tab" && !leaving && !event.shiftKey) {
      event.preventDefault();
      document.execCommand("insertText", false, "  ");  // keeps the browser's undo, which setRangeText loses
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      const line = area.value.slice(area.value.lastIndexOf("\n", area.selectionStart - 1) + 1, area.selectionStart);
      const indent = /^ *(?:- )?/.exec(line)[0].replace("-", " ");
      document.execCommand("insertText", false, `\n${/:\s*$/.test(line) ? `${indent}  ` : indent}`);
    } else leaving = false;
  });
  document.addEventListener("htmx:after:swap", () => {
    const told = document.getElementById("check")?.dataset.wrong ?? "";
    wrong = new Set(told.split(" ").filter(Boolean).map(Number));
    mark();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-line][data-column]");
    if (!button) return;
    const before = lines.slice(0, button.dataset.line - 1).join("\n").length + (button.dataset.line > 1 ? 1 : 0);
    area.focus();
    area.setSelectionRange(before + button.dataset.column - 1, before + (lines[button.dataset.line - 1] ?? "").length);
  });
})();
