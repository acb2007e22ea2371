// Scales, which place values between two ends of the picture and choose round values for ticks.

const FEWEST_TICKS = 4;
const LOG_STEPS = [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9]];

// A scale that places the least of some values near low and the largest near high, in units of the
// viewBox. Its ends are the values that lie exactly at low and high.
export function scale(values, log, low, high) {
  const bend = log ? Math.log : (value) => value;
  let least = bend(Math.min(...values));
  let most = bend(Math.max(...values));
  if (least === most) {
    least -= 0.5;
    most += 0.5;
  }
  const margin = (most - least) * 0.03;
  least -= margin;
  most += margin;
  const place = (value) => low + ((bend(value) - least) / (most - least)) * (high - low);
  const ends = log ? [Math.exp(least), Math.exp(most)] : [least, most];
  return { place, ends, ticks: log ? logTicks(...ends) : ticks(...ends) };
}

function ticks(least, most) {
  const raw = (most - least) / 6;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((k) => k * power).find((size) => size >= raw);
  const found = [];
  for (let k = Math.ceil(least / step); k * step <= most; k++) found.push(k * step);
  return found;
}

// Ticks for a logarithmic axis: the coarsest steps that give enough ticks, else even steps.
function logTicks(least, most) {
  for (const steps of LOG_STEPS) {
    const found = [];
    for (let e = Math.floor(Math.log10(least)); e <= Math.ceil(Math.log10(most)); e++) {
      for (const step of steps) {
        const value = step * 10 ** e;
        if (value >= least && value <= most) found.push(value);
      }
    }
    if (found.length >= FEWEST_TICKS) return found;
  }
  return ticks(least, most);
}
