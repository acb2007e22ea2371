"""How long a training step of a model takes in a layout on a part: the clock."""
