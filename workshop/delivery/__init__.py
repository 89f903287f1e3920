"""From a pull request to production: forge, CI, Argo CD, Kargo, and the story that the notebooks tell."""
