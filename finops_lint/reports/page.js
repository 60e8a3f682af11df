"use strict";
(() => {
  const filter = document.getElementById("filter");
  const table = document.getElementById("resources");
  if (!filter || !table) return;
  const rows = Array.from(table.tBodies[0].rows, (row) => ({
    row,
    text: row.textContent.toLowerCase(),
    cost: Number(row.dataset.cost || 0),
  }));
  const search = filter.querySelector("input");
  const choices = Array.from(filter.querySelectorAll("select"));
  const told = document.getElementById("told");
  const sign = table.dataset.sign;
  const places = Number(table.dataset.places);
  const money = new Intl.NumberFormat("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = choices.filter((choice) => choice.value).map((choice) => [choice.name, choice.value]);
    let shown = 0;
    let cost = 0;
    for (const one of rows) {
      const fits =
        words.every((word) => one.text.includes(word)) &&
        wanted.every(([name, value]) => one.row.dataset[name] === value);
      if (one.row.hidden === fits) one.row.hidden = !fits;
      if (fits) {
        shown += 1;
        cost += one.cost;
      }
    }
    told.textContent =
      `${shown.toLocaleString("en-US")} of ${rows.length.toLocaleString("en-US")} resources, ` +
      `${sign}${money.format(cost)} a month`;
  };
  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 120);
  });
  for (const choice of choices) choice.addEventListener("change", apply);
  filter.hidden = false;
  apply();
})();
