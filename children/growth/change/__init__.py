"""Two visits or more: velocity, weight loss and faltering beyond the error of weighing, recovery."""
