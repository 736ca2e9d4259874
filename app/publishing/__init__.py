"""Making something public at its owner's registry: asked for, sent until it is there, held from the first moment."""
