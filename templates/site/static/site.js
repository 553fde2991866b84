// Progressive: every page reads and works without this file. It opens evidence on hover and focus, and keeps the
// pipeline's page fresh by server-sent events.
"use strict";

const OPEN_AFTER = 280, CLOSE_AFTER = 220;

function followPointer(claim) {
  const mark = claim.querySelector(".why"), note = document.getElementById(mark.getAttribute("popovertarget"));
  if (!note || !note.showPopover) return;
  let opening = 0, closing = 0, pinned = false;
  const open = () => { if (!note.matches(":popover-open")) note.showPopover({ source: mark }); };
  const close = () => { if (!pinned && note.matches(":popover-open")) note.hidePopover(); };
  const enter = (event) => {
    if (event.pointerType === "touch") return;
    clearTimeout(closing);
    opening = setTimeout(open, OPEN_AFTER);
  };
  const leave = () => { clearTimeout(opening); closing = setTimeout(close, CLOSE_AFTER); };
  for (const part of [claim, note]) {
    part.addEventListener("pointerenter", enter);
    part.addEventListener("pointerleave", leave);
  }
  mark.addEventListener("click", (event) => {
    clearTimeout(opening);
    clearTimeout(closing);
    // Opened by hover or focus it stays open: the button's own toggle would close what somebody just asked for.
    if (!pinned && note.matches(":popover-open")) event.preventDefault();
    pinned = true;
  });
  mark.addEventListener("focus", () => { if (mark.matches(":focus-visible")) opening = setTimeout(open, OPEN_AFTER); });
  mark.addEventListener("blur", (event) => { if (!note.contains(event.relatedTarget)) leave(); });
  note.addEventListener("toggle", (event) => {
    const isOpen = event.newState === "open";
    claim.classList.toggle("open", isOpen);
    if (!isOpen) pinned = false;
  });
}

function listen(live) {
  let known = null;
  const source = new EventSource(live.dataset.events);
  source.addEventListener("status", async (event) => {
    const isFirst = known === null;
    if (event.lastEventId === known) return;
    known = event.lastEventId;
    if (isFirst && document.readyState !== "complete") return;
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
    if (!fresh) return;
    // Replaced piece by piece, so that the line that screen readers watch is the same element with new words.
    const summary = live.querySelector("#summary"), words = fresh.querySelector("#summary");
    for (const old of [...live.children]) if (old !== summary) old.remove();
    for (const part of [...fresh.children]) if (part !== words) live.append(part);
    if (summary.textContent !== words.textContent) summary.textContent = words.textContent;
  });
  addEventListener("pagehide", () => source.close());
}

document.querySelectorAll(".claim").forEach(followPointer);
document.querySelectorAll("[data-events]").forEach(listen);

// The API page: put path parameters into the address, leave empty ones out, show the answer below the form.
async function tryOperation(event) {
  event.preventDefault();
  const form = event.target, output = form.querySelector(".answer");
  let path = form.dataset.try;
  const query = new URLSearchParams();
  for (const field of form.querySelectorAll("[data-in]")) {
    if (field.dataset.in === "path") path = path.replace(`{${field.name}}`, encodeURIComponent(field.value));
    else if (field.value !== "") query.set(field.name, field.value);
  }
  const address = path + (query.size ? `?${query}` : "");
  output.hidden = false;
  output.textContent = `GET ${address} …`;
  try {
    const answer = await fetch(address), text = await answer.text();
    const isJson = (answer.headers.get("content-type") || "").includes("json");
    output.textContent = `GET ${address}\n${answer.status}\n\n` + (isJson ? JSON.stringify(JSON.parse(text), null, 1) : text);
  } catch (error) {
    output.textContent = `GET ${address}\n${error}`;
  }
}

document.querySelectorAll("form[data-try]").forEach((form) => form.addEventListener("submit", tryOperation));
