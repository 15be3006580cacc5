"""convwork: a course on convolutional neural networks that builds and grades itself."""

import os

# Before TensorFlow starts: its remarks on processors and graphics cards look like errors.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

__version__ = "0.1.0"
