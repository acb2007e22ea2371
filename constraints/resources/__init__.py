"""What a plan may take: compute, time, text, and a deployment to serve it."""
