"""The backup videos: each notebook of the demonstration, walked through in JupyterLab and recorded."""
