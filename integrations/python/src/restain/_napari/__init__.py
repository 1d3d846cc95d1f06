"""A plugin of napari: the widget "Score with Restain". napari.yaml, one folder above, tells napari of it."""
