"""How a run is spread over a cluster, and the memory that it takes there."""
