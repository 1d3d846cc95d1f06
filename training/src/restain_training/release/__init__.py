"""From a checkpoint to a model folder: export, blending, fine-tuning, quick scores, worst failures."""
