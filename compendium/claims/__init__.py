"""What the published report claims, and the verdict on each claim."""
