"""Upper bounds: tangent planes over boxes, the convex relaxation, prices of limits."""
