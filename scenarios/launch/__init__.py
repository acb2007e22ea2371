"""From a plan to a run: the files that training frameworks read."""
