"""Auto Scaling: groups whose instances are stand-ins, lifecycle hooks, activities, and target health."""
