"""How far simulated pictures are from real ones: to steer the simulator by, never to train or to choose anything by."""
