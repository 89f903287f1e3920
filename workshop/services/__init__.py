"""What runs beside the cluster, in containers: registry, database, forge."""
