// The size of the large plot and of the margins around its axes, in units of its viewBox. On a
// narrow screen the plot is narrower too, so that its text stays as large as the text around it.

export const WIDTH = Math.max(320, Math.min(860, document.documentElement.clientWidth - 48));
export const NARROW = WIDTH < 600;
export const HEIGHT = NARROW ? 360 : 440;
export const LEFT = NARROW ? 46 : 62;
export const RIGHT = 18;
export const TOP = 14;
export const BOTTOM = 46;
