"use strict";
const $ = (what, where = document) => where.querySelector(what);
const all = (what, where = document) => [...where.querySelectorAll(what)];

// Findings: a rule is shown while one of its places is. Scripts that show a leak are not searched.
const told = (place) => [...place.children].filter((one) => one.tagName !== "DETAILS").map((one) => one.textContent).join(" ");
const filters = $("#filters");
const rules = all(".rule").map((rule) => ({
  rule,
  places: all("article", rule).map((place) => [place, `${rule.dataset.rule} ${told(place)}`.toLowerCase()]),
}));
const filter = () => {
  const said = Object.fromEntries(new FormData(filters));
  const words = said.text.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  let total = 0;
  for (const { rule, places } of rules) {
    const fits = ["check", "severity", "rule", "waived"].every((key) => !said[key] || said[key] === rule.dataset[key]);
    let here = 0;
    for (const [place, text] of places) {
      const seen = fits && words.every((word) => text.includes(word));
      place.hidden = !seen;
      here += seen;
    }
    rule.hidden = !here;
    shown += here;
    total += places.length;
  }
  $("#count").textContent = shown === total ? `${total} shown` : `${shown} of ${total} shown`;
};
if (filters) {
  filters.addEventListener("input", filter);
  filters.addEventListener("submit", (event) => event.preventDefault());
  filter();
}
const reveal = () => {
  const place = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (place && place.closest("[hidden]")) {
    filters.reset();
    filter();
    place.scrollIntoView();
  }
};
addEventListener("hashchange", reveal);

// Access: rows by name, and only those that leak.
const access = $("#access-filters");
if (access) {
  const rows = all(".matrix tbody tr").map((row) => [row, row.cells[0].textContent.toLowerCase()]);
  const choose = () => {
    const words = access.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const leaks = access.elements.leaks.checked;
    let shown = 0;
    for (const [row, name] of rows) {
      row.hidden = (leaks && !("leaks" in row.dataset)) || !words.every((word) => name.includes(word));
      shown += !row.hidden;
    }
    for (const table of all(".matrix")) {
      table.parentElement.hidden = !all("tbody tr:not([hidden])", table).length;
    }
    $("#access-count").textContent = shown === rows.length ? `${shown} shown` : `${shown} of ${rows.length} shown`;
  };
  access.addEventListener("input", choose);
  access.addEventListener("submit", (event) => event.preventDefault());
  choose();
}

// A cell of the matrix opens what shows the leak.
const leak = $("#leak");
document.addEventListener("click", (event) => {
  const cell = event.target.closest(".matrix td a");
  const place = cell && document.getElementById(cell.hash.slice(1));
  const text = place && $("[data-reproducer]", place);
  if (!text) return;
  event.preventDefault();
  $("#leak-title").textContent = $(".message", place).textContent;
  $("#leak-where").textContent = $(".where", place).textContent;
  $("#leak-text").textContent = text.textContent;
  $("#leak-link").href = cell.hash;
  leak.showModal();
  $("form button", leak).focus();
});
$("#leak-link").addEventListener("click", () => leak.close());

// Copying; where a browser denies the clipboard to a file, the text is at least selected.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = $("pre", button.parentElement);
  const range = document.createRange();
  range.selectNodeContents(text);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  let done = false;
  try {
    await navigator.clipboard.writeText(text.textContent);
    done = true;
  } catch {
    done = document.execCommand("copy");
  }
  button.firstChild.textContent = done ? "Copied" : "Selected";
  setTimeout(() => { button.firstChild.textContent = "Copy"; }, 1500);
});

// Everything is open on paper.
addEventListener("beforeprint", () => all("details").forEach((one) => { one.open = true; }));
