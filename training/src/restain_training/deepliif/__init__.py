"""Import of networks trained by DeepLIIF: weights that a user downloads become a model folder of ours."""
