"""Training of the embedded Restain network: simulator, network, trainer, export, evaluation."""
