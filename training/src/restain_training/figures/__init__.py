"""Every figure of the model card, measured through the running product: `npm run eval`."""
