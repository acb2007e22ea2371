"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { columns, points, references, bounds, swings } = data;
  const column = Object.fromEntries(columns.map((c, i) => [c.key, i]));
  const state = {
    x: data.x, y: "score", log: true, references: true,
    chosen: data.chosen, sort: null, falling: false,
  };
  const WIDTH = 860, HEIGHT = 440, LEFT = 62, RIGHT = 18, TOP = 14, BOTTOM = 46;
  const byId = (id) => document.getElementById(id);

  // ---- writing numbers -------------------------------------------------------------------
  const digits = (value, n) => Number(value.toPrecision(n)).toString();
  const suffixed = (value) => {
    for (const [scale, suffix] of [[1e15, "P"], [1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]])
      if (Math.abs(value) >= scale * 0.9995) return digits(value / scale, 3) + suffix;
    return digits(value, 3);
  };
  const FORMATS = {
    text: (value) => value,
    whole: (value) => String(value),
    score: (value) => value.toFixed(2),
    ratio: (value) => digits(value, 3),
    count: suffixed,
    flops: (value) => value.toExponential(2).replace("e+", "e"),
    dollars: (value) => "$" + suffixed(value),
    bytes: (value) => digits(value / 1e9, 3) + " GB",
  };
  const written = (value, i) => (value === null ? "" : FORMATS[columns[i].format](value));

  // ---- making elements: text is only ever text ------------------------------------------
  const make = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
  const draw = (name, attributes, ...children) =>
    fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
  function fill(element, attributes, children) {
    for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  // ---- scales ----------------------------------------------------------------------------
  function scale(values, log, low, high) {
    const bend = log ? Math.log : (v) => v;
    let least = bend(Math.min(...values)), most = bend(Math.max(...values));
    if (least === most) { least -= 0.5; most += 0.5; }
    const margin = (most - least) * 0.03;
    least -= margin; most += margin;
    const place = (value) => low + ((bend(value) - least) / (most - least)) * (high - low);
    const ends = log ? [Math.exp(least), Math.exp(most)] : [least, most];
    return { place, ends, ticks: log ? logTicks(...ends) : ticks(...ends) };
  }
  function ticks(least, most) {
    const raw = (most - least) / 6, power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((k) => k * power).find((s) => s >= raw);
    const found = [];
    for (let k = Math.ceil(least / step); k * step <= most; k++) found.push(k * step);
    return found;
  }
  function logTicks(least, most) {
    for (const steps of [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9]]) {
      const found = [];
      for (let e = Math.floor(Math.log10(least)); e <= Math.ceil(Math.log10(most)); e++)
        for (const s of steps) {
          const value = s * 10 ** e;
          if (value >= least && value <= most) found.push(value);
        }
      if (found.length >= 4) return found;
    }
    return ticks(least, most);
  }

  // ---- the plot --------------------------------------------------------------------------
  let placed = [];
  const usable = (row, i, log) => row[i] !== null && (!log || row[i] > 0);
  const isLog = (key, log) => log && columns[column[key]].format !== "score";

  function plot() {
    const x = column[state.x], y = column[state.y];
    const xlog = isLog(state.x, state.log), ylog = isLog(state.y, state.log);
    const shown = points.map((row, i) => [row, i]).filter(([r]) => usable(r, x, xlog) && usable(r, y, ylog));
    const svg = byId("plot");
    svg.replaceChildren();
    placed = [];
    if (!shown.length) return;
    const band = state.y === "score" ? column.error : undefined;
    const spread = (row) => (band === undefined || row[band] === null ? 0 : row[band]);
    const tall = shown.flatMap(([r]) => [r[y] - spread(r), r[y] + spread(r)]);
    const xs = scale(shown.map(([r]) => r[x]), xlog, LEFT, WIDTH - RIGHT);
    const ys = scale(ylog ? shown.map(([r]) => r[y]) : tall, ylog, HEIGHT - BOTTOM, TOP);
    axes(svg, xs, ys, x, y);
    multiples(shown, x, y, xlog, ylog);
    const order = shown.slice().sort((a, b) => a[0][x] - b[0][x]);
    if (band !== undefined) drawBand(svg, order, x, y, spread, xs, ys);
    if (state.references) drawReferences(svg, x, y, xs, ys);
    if (data.diagonal && state.x === data.x && state.y === "score") drawDiagonal(svg, xs, ys);
    if (bounds && bounds.length && state.x === data.x && state.y === "score") drawFront(svg, xs, ys);
    const depth = data.depth ? column[data.depth] : undefined;
    const near = depth === undefined ? null : scale(points.map((r) => r[depth]), true, 0.3, 1);
    for (const [row, i] of shown) {
      const [px, py] = [xs.place(row[x]), ys.place(row[y])];
      placed.push([px, py, i]);
      const marked = data.marked === i;
      const dot = draw("circle", { class: marked ? "point marked" : "point", cx: px, cy: py, r: marked ? 7 : 4.5 });
      if (near) dot.setAttribute("fill-opacity", near.place(row[depth]).toFixed(2));
      svg.append(dot);
      if (i === state.chosen) svg.append(draw("circle", { class: "chosen", cx: px, cy: py, r: 9 }));
    }
  }
  function axes(svg, xs, ys, x, y) {
    for (const tick of xs.ticks) {
      const at = xs.place(tick);
      svg.append(draw("line", { class: "grid", x1: at, x2: at, y1: TOP, y2: HEIGHT - BOTTOM }));
      svg.append(draw("text", { x: at, y: HEIGHT - BOTTOM + 18, "text-anchor": "middle" }, tickText(tick, x)));
    }
    for (const tick of ys.ticks) {
      const at = ys.place(tick);
      svg.append(draw("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: at, y2: at }));
      svg.append(draw("text", { x: LEFT - 8, y: at + 4, "text-anchor": "end" }, tickText(tick, y)));
    }
    svg.append(draw("text", { class: "axis-name", x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 8, "text-anchor": "middle" }, columns[x].label));
    svg.append(draw("text", { class: "axis-name", x: LEFT + 6, y: TOP + 12 }, columns[y].label));
  }
  const tickText = (tick, i) => (columns[i].format === "score" ? digits(tick, 4) : written(tick, i));
  function path(name, places) {
    return draw("path", { class: name, d: places.map(([a, b], k) => (k ? "L" : "M") + a.toFixed(1) + " " + b.toFixed(1)).join("") });
  }
  function drawBand(svg, order, x, y, spread, xs, ys) {
    const known = order.filter(([r]) => spread(r) > 0);
    const side = (sign) => known.map(([r]) => [xs.place(r[x]), ys.place(r[y] + sign * spread(r))]);
    if (known.length > 1) svg.append(path("band", [...side(1), ...side(-1).reverse()]));
  }
  function drawReferences(svg, x, y, xs, ys) {
    for (const { name, values } of references) {
      const [a, b] = [values[columns[x].key], values[columns[y].key]];
      if (a === undefined || b === undefined || a < xs.ends[0] || a > xs.ends[1] || b < ys.ends[0] || b > ys.ends[1]) continue;
      const [px, py] = [xs.place(a), ys.place(b)];
      placed.push([px, py, name]);
      svg.append(draw("path", { class: "reference", d: `M${px} ${py - 4}l4 4l-4 4l-4 -4z` }));
    }
  }
  function drawDiagonal(svg, xs, ys) {
    const [low, high] = data.diagonal.map((end, k) => (k ? Math.min : Math.max)(end, xs.ends[k], ys.ends[k]));
    svg.append(path("bound", [low, high].map((at) => [xs.place(at), ys.place(at)])));
  }
  function drawFront(svg, xs, ys) {
    const x = column[state.x], score = column.score, stairs = [], line = [];
    bounds.forEach((bound, i) => {
      const [at, next] = [points[i], points[i + 1]];
      const [px, py, nx, ny] = [xs.place(at[x]), ys.place(at[score]), xs.place(next[x]), ys.place(next[score])];
      stairs.push([px, py], [nx, py]);
      const rise = 8; // straight over the logarithm: bent on a linear axis
      line.push([px, py], [xs.place(bound.flat), py]);
      for (let k = 0; k <= rise; k++) {
        const between = bound.flat * (bound.meets / bound.flat) ** (k / rise);
        line.push([xs.place(between), ys.place(bound.start + ((next[score] - bound.start) * k) / rise)]);
      }
      line.push([nx, ny]);
    });
    const last = points[bounds.length];
    stairs.push([xs.place(last[x]), ys.place(last[score])]);
    svg.append(path("bound", line), path("front", stairs));
  }

  // ---- one small plot a group, on the axes of the large one ------------------------------
  const MOST_OTHERS = 300;
  function multiples(shown, x, y, xlog, ylog) {
    const box = byId("multiples");
    if (!box) return;
    box.replaceChildren();
    const by = column[data.group], [wide, high] = [260, 150];
    const xs = scale(shown.map(([r]) => r[x]), xlog, 8, wide - 8);
    const ys = scale(shown.map(([r]) => r[y]), ylog, high - 8, 8);
    const dot = (kind, row) => draw("circle", { class: kind, cx: xs.place(row[x]), cy: ys.place(row[y]), r: 3 });
    const every = Math.ceil(shown.length / MOST_OTHERS);
    for (const group of [...new Set(points.map((r) => r[by]))].sort()) {
      const svg = draw("svg", { viewBox: `0 0 ${wide} ${high}`, role: "img", "aria-label": `Plans of ${group}` });
      shown.forEach(([row], i) => { if (i % every === 0) svg.append(dot("other", row)); });
      for (const [row] of shown) if (row[by] === group) svg.append(dot("point", row));
      box.append(make("figure", {}, svg, make("figcaption", {}, group || "unnamed")));
    }
  }

  // ---- hovering, choosing ---------------------------------------------------------------
  const tip = byId("tip");
  function nearest(event) {
    const frame = byId("plot").getBoundingClientRect(), ratio = WIDTH / frame.width;
    const [mx, my] = [(event.clientX - frame.left) * ratio, (event.clientY - frame.top) * ratio];
    let best = null, least = 14 ** 2;
    for (const [px, py, what] of placed) {
      const distance = (px - mx) ** 2 + (py - my) ** 2;
      if (distance < least) [best, least] = [[px, py, what], distance];
    }
    return best;
  }
  function showTip(hit) {
    tip.hidden = !hit;
    if (!hit) return;
    const [px, py, what] = hit, ratio = byId("plot").getBoundingClientRect().width / WIDTH;
    tip.textContent = typeof what === "number" ? data.names[what] : what;
    tip.style.left = Math.min(px * ratio + 12, byId("plot").clientWidth - tip.offsetWidth) + "px";
    tip.style.top = py * ratio + 12 + "px";
  }
  function choose(i, scroll) {
    state.chosen = i;
    detail();
    plot();
    const place = shown.indexOf(i);
    if (scroll && place >= byId("rows").children.length) more(place + 1);
    for (const row of byId("rows").children) {
      const is = Number(row.dataset.point) === i;
      row.classList.toggle("chosen", is);
      if (is && scroll) row.scrollIntoView({ block: "nearest" });
    }
  }
  function detail() {
    const box = byId("detail"), i = state.chosen;
    box.replaceChildren();
    if (i === null) return;
    const list = make("dl");
    columns.forEach((c, k) => {
      if (points[i][k] !== null && points[i][k] !== "")
        list.append(make("dt", {}, c.label), make("dd", {}, written(points[i][k], k)));
    });
    box.append(make("h3", {}, data.names[i]), list);
    if (data.commands[i]) box.append(make("pre", { title: "repeats this plan" }, data.commands[i]));
  }

  // ---- the table -------------------------------------------------------------------------
  function head() {
    const row = make("tr");
    columns.forEach((c, i) => {
      const button = make("button", { type: "button" }, c.label);
      const cell = make("th", { scope: "col", class: c.format === "text" ? "text" : "number" }, button);
      button.addEventListener("click", () => {
        state.falling = state.sort === i ? !state.falling : c.format !== "text";
        state.sort = i;
        for (const other of row.children) other.removeAttribute("aria-sort");
        cell.setAttribute("aria-sort", state.falling ? "descending" : "ascending");
        rows();
      });
      row.append(cell);
    });
    byId("head").replaceChildren(row);
  }
  const COMPARED = /^([\w-]+)(<=|>=|<|>|=)([\d.]+(?:e[+-]?\d+)?)([kmbtp]?)$/i;
  const SCALES = { "": 1, k: 1e3, m: 1e6, b: 1e9, t: 1e12, p: 1e15 };
  function matches(i, terms) {
    return terms.every((term) => {
      const found = COMPARED.exec(term), at = found ? column[found[1]] : undefined;
      if (at === undefined) return texts[i].includes(term);
      const value = points[i][at], bound = Number(found[3]) * SCALES[found[4].toLowerCase()];
      if (value === null) return false;
      return { "<": value < bound, ">": value > bound, "<=": value <= bound, ">=": value >= bound, "=": value === bound }[found[2]];
    });
  }
  const texts = points.map((row, i) => (data.names[i] + " " + row.map(written).join(" ")).toLowerCase());
  function rows() {
    const terms = byId("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    const order = points.map((_, i) => i).filter((i) => matches(i, terms));
    if (data.marked !== null) order.sort((a, b) => (a < data.marked) - (b < data.marked));
    if (state.sort !== null) {
      const sign = state.falling ? -1 : 1, k = state.sort;
      const worth = (v) => (v === null ? -Infinity : v);
      order.sort((a, b) => {
        const [p, q] = [worth(points[a][k]), worth(points[b][k])];
        return sign * (p < q ? -1 : p > q ? 1 : 0) || a - b;
      });
    }
    shown = order;
    byId("rows").replaceChildren();
    more();
    byId("count").textContent = `${order.length} of ${points.length}`;
  }
  // rows are made as they are scrolled to: a browser lays out a thousand too slowly
  const CHUNK = 100;
  let shown = [];
  function more(upTo = 0) {
    const body = byId("rows"), made = document.createDocumentFragment();
    const from = body.children.length;
    for (const i of shown.slice(from, Math.max(from + CHUNK, upTo))) made.append(rowOf(i));
    body.append(made);
  }
  function rowOf(i) {
    const chosen = i === state.chosen ? "chosen" : "plain";
    const row = make("tr", { "data-point": i, tabindex: 0, class: chosen });
    points[i].forEach((value, k) => {
      const kind = columns[k].format === "text" ? "text" : "number";
      row.append(make("td", { class: kind }, written(value, k)));
    });
    return row;
  }

  // ---- what each limit does --------------------------------------------------------------
  function tornado() {
    const svg = byId("tornado");
    if (!svg) return;
    const row = 30, left = 250, right = 70, middle = left + (WIDTH - left - right) / 2;
    const most = Math.max(...swings.flatMap((s) => [Math.abs(s.looser || 0), Math.abs(s.tighter || 0)]), 1e-9);
    const reach = (WIDTH - left - right) / 2 / most;
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${swings.length * row + 8}`);
    swings.forEach((swing, i) => {
      const y = i * row + 6;
      svg.append(draw("text", { class: "axis-name", x: left - 70, y: y + 15, "text-anchor": "end" }, swing.name));
      for (const side of ["looser", "tighter"]) {
        const change = swing[side];
        if (change === null) {
          if (side === "tighter") svg.append(draw("text", { x: middle - 6, y: y + 15, "text-anchor": "end" }, "no plan left"));
          continue;
        }
        const width = Math.abs(change) * reach, start = change < 0 ? middle - width : middle;
        svg.append(draw("rect", { class: side, x: start, y, width, height: row - 10 }));
        const past = change > 0 ? Math.max(start + width, middle + (swing.price || 0) * reach) : start;
        svg.append(draw("text", { x: change < 0 ? start - 5 : past + 5, y: y + 15, "text-anchor": change < 0 ? "end" : "start" },
          (change > 0 ? "+" : change < 0 ? "−" : "") + Math.abs(change).toFixed(2)));
      }
      if (swing.price) {
        const at = middle + swing.price * reach;
        svg.append(draw("line", { class: "price", x1: at, x2: at, y1: y - 2, y2: y + row - 8 }));
      }
    });
  }

  // ---- wiring ----------------------------------------------------------------------------
  function options(id, chosen) {
    const select = byId(id);
    columns.filter((c) => c.axis).forEach((c) => {
      const option = make("option", { value: c.key }, c.label);
      option.selected = c.key === chosen;
      select.append(option);
    });
    select.addEventListener("change", () => { state[id] = select.value; plot(); });
  }
  options("x", state.x);
  options("y", state.y);
  for (const id of ["log", "references"])
    byId(id).addEventListener("change", (event) => { state[id] = event.target.checked; plot(); });
  byId("references").closest("label").hidden = !references.length;
  byId("filter").addEventListener("input", rows);
  const svg = byId("plot");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.addEventListener("mousemove", (event) => showTip(nearest(event)));
  svg.addEventListener("mouseleave", () => showTip(null));
  svg.addEventListener("click", (event) => {
    const hit = nearest(event);
    if (hit && typeof hit[2] === "number") choose(hit[2], true);
  });
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    choose(Math.max(0, Math.min(points.length - 1, (state.chosen ?? -step) + step)), true);
  });
  const pick = (event) => {
    const row = event.target.closest("tr");
    if (row) choose(Number(row.dataset.point), false);
  };
  byId("rows").addEventListener("click", pick);
  byId("rows").addEventListener("keydown", (event) => { if (event.key === "Enter") pick(event); });
  const frame = document.querySelector(".scroll");
  frame.addEventListener("scroll", () => {
    if (frame.scrollTop + 2 * frame.clientHeight > frame.scrollHeight) more();
  });
  window.addEventListener("beforeprint", () => more(points.length));
  head();
  rows();
  detail();
  plot();
  tornado();
})();
