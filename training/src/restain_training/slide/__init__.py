"""A whole simulated slide with exact truth: `python -m restain_training.slide FILE.tif --side 40000 --seed 1`."""
