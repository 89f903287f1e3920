"""How long a version takes to its environments, beside what it takes without Git, Argo CD and Kargo."""
