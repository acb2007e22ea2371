"""The live planner: a page on loopback that asks anew with every change, and its server."""
