"""What the network sees and learns from: tiles, targets, augmentation, and the descriptions of a whole picture."""
