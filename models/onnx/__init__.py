"""Decoders as ONNX: written after training (`export`), run without what trained them (`session`)."""
