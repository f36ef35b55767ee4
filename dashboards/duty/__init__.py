"""What a shift works with: tasks, alerts, drills, handover, nodes, signs."""
