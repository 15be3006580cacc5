"""convwork: a course on convolutional neural networks that builds and grades itself."""

from convwork import quiet_tensorflow

quiet_tensorflow.install()

__version__ = "0.1.0"
