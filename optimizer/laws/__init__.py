"""Laws: what score a plan is predicted to reach."""
