# A transformer of 12 layers keeps the inputs of its layers alone and computes
# the rest again in the backward pass: memory for about a third more time.
activation_checkpointing = [f'backbone.layers.{i}' for i in range(12)]
