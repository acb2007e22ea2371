"""Commands on what flopwise knows: laws, accelerators, and the speed of training."""
