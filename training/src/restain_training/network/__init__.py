"""The network: architecture, loss, training, and the form in which it ships."""
