"""The prior of the classifier of nuclear kind: fitted to simulated fields alone."""
