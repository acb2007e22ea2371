// The size of the large plot and of the margins around its axes, in units of its viewBox.

export const WIDTH = 860;
export const HEIGHT = 440;
export const LEFT = 62;
export const RIGHT = 18;
export const TOP = 14;
export const BOTTOM = 46;
