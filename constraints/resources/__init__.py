"""What a plan may use: compute, time, text, and a deployment that serves the model."""
