"""Decoders as scikit-learn estimators, raw features in. Training only; see `models.onnx` for use."""
