"""convwork: a course on convolutional neural networks that builds and grades itself."""

__version__ = "0.1.0"
