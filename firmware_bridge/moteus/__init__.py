"""mjbots moteus over an fdcanusb or mjcanfd adapter."""
