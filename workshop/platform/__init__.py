"""What is installed into the cluster before the story begins: Argo CD, Kargo, and what they need."""
