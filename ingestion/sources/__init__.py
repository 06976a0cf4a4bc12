"""Where records come from: inputs, their bytes, and the documents in them."""
