// Spots: where points and published models are in the plot, to find the nearest to the pointer.

// how far from the pointer a spot is still found, in units of the plot's viewBox
const REACH = 14;

let spots = [];

export function clearSpots() {
  spots = [];
}

// what: the index of a point, or the name of a published model.
export function addSpot(x, y, what) {
  spots.push([x, y, what]);
}

// The nearest spot within reach as [x, y, what], or null.
export function nearestSpot(x, y) {
  let best = null;
  let least = REACH ** 2;
  for (const spot of spots) {
    const distance = (spot[0] - x) ** 2 + (spot[1] - y) ** 2;
    if (distance < least) {
      best = spot;
      least = distance;
    }
  }
  return best;
}
