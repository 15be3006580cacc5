"""The layers of the pretrained networks, without their weights.

Each takes pictures as RGB from 0 to 255 and normalises them itself. Layers have names that say
where they stand, so that notebooks can ask for any activation and freeze any part.
"""

from collections.abc import Callable
from typing import Any

Layer = Callable[[Any], Any]

# Of each stage: the expansion, kernel size, stride, output channels and number of blocks.
LITE0_STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)

# Of each fire module, from fire2: the squeeze and the expand channels.
FIRE_MODULES = (
    (16, 64),
    (16, 64),
    (32, 128),
    (32, 128),
    (48, 192),
    (48, 192),
    (64, 256),
    (64, 256),
)

FACE_BLOCKS = (
    *((f"conv32_{number}", 32, False) for number in (1, 2, 3)),
    ("conv64_down", 64, True),
    *((f"conv64_{number}", 64, False) for number in (1, 2, 3)),
    ("conv128_down", 128, True),
    *((f"conv128_{number}", 128, False) for number in (1, 2)),
    ("conv256_down", 256, True),
    *((f"conv256_{number}", 256, False) for number in (1, 2)),
    ("conv256_down_out", 256, True),
)

# Of each convolution of the encoder of avatars: kernel size, stride, channels.
AVATAR_CONVOLUTIONS = (
    (5, 2, 24),
    (3, 2, 48),
    (3, 1, 48),
    (3, 2, 96),
    (3, 1, 96),
    (3, 2, 128),
    (3, 1, 128),
)

# Of each MobileNetV3 block: kernel size, stride, expanded channels, squeezed channels (0: none),
# output channels, activation.
DETECTOR_BLOCKS = (
    (3, 1, 16, 0, 16, "relu"),
    (3, 2, 64, 0, 24, "relu"),
    (3, 1, 72, 0, 24, "relu"),
    (5, 2, 72, 24, 32, "relu"),
    (5, 1, 96, 24, 32, "relu"),
    (5, 1, 96, 24, 32, "relu"),
    (3, 2, 192, 0, 64, "hard_swish"),
    (3, 1, 160, 0, 64, "hard_swish"),
    (3, 1, 144, 0, 64, "hard_swish"),
    (3, 1, 144, 0, 64, "hard_swish"),
    (3, 1, 384, 96, 88, "hard_swish"),
    (3, 1, 528, 136, 88, "hard_swish"),
    (5, 2, 528, 136, 120, "hard_swish"),
    (5, 1, 720, 184, 120, "hard_swish"),
    (5, 1, 720, 184, 120, "hard_swish"),
)


STREET_GRID = 16
STREET_ANCHORS = 4
STREET_NUMBERS = 8  # for each anchor: confidence, x, y, width, height, and the three classes


def efficientnet_lite0(height: int, width: int) -> Any:
    """EfficientNet-Lite0 for ImageNet: inverted bottlenecks with batch normalisation and ReLU6."""
    import keras
    from keras import layers

    pictures = keras.Input((height, width, 3), name="pictures")
    x = layers.Rescaling(1 / 128, offset=-127 / 128, name="normalise")(pictures)
    x = _lite_unit(layers.Conv2D(32, 3, 2, "same", use_bias=False, name="stem_conv"), "stem")(x)
    for stage, (expansion, kernel, stride, channels, blocks) in enumerate(LITE0_STAGES, start=1):
        for block in range(blocks):
            name = f"block{stage}{'abcd'[block]}"
            step = 1 if block else stride
            x = _lite_block(x, name, expansion, kernel, step, channels)
    x = _lite_unit(layers.Conv2D(1280, 1, use_bias=False, name="top_conv"), "top")(x)
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = layers.Dense(1000, "softmax", name="predictions")(x)
    return keras.Model(pictures, x, name="efficientnet_lite0")


def _lite_block(x: Any, name: str, expansion: int, kernel: int, stride: int, channels: int) -> Any:
    from keras import layers

    y = x
    if expansion > 1:
        expand = layers.Conv2D(
            expansion * x.shape[-1], 1, use_bias=False, name=f"{name}_expand_conv"
        )
        y = _lite_unit(expand, f"{name}_expand")(y)
    depthwise = layers.DepthwiseConv2D(
        kernel, stride, "same", use_bias=False, name=f"{name}_dwconv"
    )
    y = _lite_unit(depthwise, f"{name}_dw")(y)
    y = layers.Conv2D(channels, 1, use_bias=False, name=f"{name}_project_conv")(y)
    y = layers.BatchNormalization(epsilon=1e-3, name=f"{name}_project_bn")(y)
    if stride == 1 and x.shape[-1] == channels:
        y = layers.Add(name=f"{name}_add")([x, y])
    return y


def _lite_unit(convolution: Layer, name: str) -> Layer:
    """The convolution, then batch normalisation and ReLU6."""
    from keras import layers

    normalise = layers.BatchNormalization(epsilon=1e-3, name=f"{name}_bn")
    activate = layers.ReLU(6.0, name=f"{name}_activation")
    return lambda x: activate(normalise(convolution(x)))


def squeezenet(height: int, width: int) -> Any:
    """SqueezeNet 1.1 for ImageNet: fire modules, which squeeze by 1×1 before they expand."""
    import keras
    from keras import layers

    pictures = keras.Input((height, width, 3), name="pictures")
    x = layers.Rescaling(1.0, offset=[-123.68, -116.78, -103.94], name="normalise")(pictures)
    x = layers.Conv2D(64, 3, 2, activation="relu", name="conv1")(x)
    x = layers.MaxPooling2D(3, 2, name="pool1")(x)
    for number, (squeeze, expand) in enumerate(FIRE_MODULES, start=2):
        x = _fire(x, f"fire{number}", squeeze, expand)
        if number in (3, 5):
            x = layers.MaxPooling2D(3, 2, name=f"pool{number}")(x)
    x = layers.Conv2D(1000, 1, activation="relu", name="conv10")(x)
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = layers.Softmax(name="predictions")(x)
    return keras.Model(pictures, x, name="squeezenet")


def _fire(x: Any, name: str, squeeze: int, expand: int) -> Any:
    from keras import layers

    x = layers.Conv2D(squeeze, 1, activation="relu", name=f"{name}_squeeze1x1")(x)
    small = layers.Conv2D(expand, 1, activation="relu", name=f"{name}_expand1x1")(x)
    large = layers.Conv2D(expand, 3, padding="same", activation="relu", name=f"{name}_expand3x3")(x)
    return layers.Concatenate(name=name)([small, large])


def face_network() -> Any:
    """A residual network of 29 convolutions that maps a face of 150×150 pixels to 128 numbers."""
    import keras
    from keras import layers

    pictures = keras.Input((150, 150, 3), name="faces")
    mean = (122.782, 117.001, 104.298)
    x = layers.Rescaling(1 / 255, offset=[-value / 255 for value in mean], name="normalise")(
        pictures
    )
    x = layers.Conv2D(32, 7, 2, activation="relu", name="conv32_down")(x)
    x = layers.MaxPooling2D(3, 2, name="pool")(x)
    for name, channels, down in FACE_BLOCKS:
        x = _face_block(x, name, channels, down)
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = layers.Dense(128, use_bias=False, name="encoding")(x)
    return keras.Model(pictures, x, name="face_network")


def _face_block(x: Any, name: str, channels: int, down: bool) -> Any:
    """Two convolutions and a shortcut; where the map shrinks, the shortcut is pooled and padded."""
    from keras import layers

    stride, padding = (2, "valid") if down else (1, "same")
    y = layers.Conv2D(channels, 3, stride, padding, activation="relu", name=f"{name}_conv1")(x)
    y = layers.Conv2D(channels, 3, padding="same", name=f"{name}_conv2")(y)
    if down:
        x = layers.AveragePooling2D(2, 2, name=f"{name}_pool")(x)
        missing = x.shape[1] - y.shape[1]
        y = layers.ZeroPadding2D(((0, missing), (0, missing)), name=f"{name}_pad")(y)
        if x.shape[-1] < channels:
            zeros = layers.Rescaling(0.0, name=f"{name}_zeros")(x)
            x = layers.Concatenate(name=f"{name}_widen")([x, zeros])
    return layers.ReLU(name=name)(layers.Add(name=f"{name}_add")([x, y]))


def avatar_encoder() -> Any:
    """A small network that maps a drawn face of 64×64 pixels to 64 numbers, of length 1."""
    import keras
    from keras import layers

    pictures = keras.Input((64, 64, 3), name="faces")
    x = layers.Rescaling(1 / 127.5, offset=-1, name="normalise")(pictures)
    for number, (kernel, stride, channels) in enumerate(AVATAR_CONVOLUTIONS, start=1):
        name = f"conv{number}"
        x = layers.Conv2D(channels, kernel, stride, "same", use_bias=False, name=name)(x)
        x = layers.BatchNormalization(momentum=0.95, name=f"{name}_bn")(x)
        x = layers.ReLU(name=f"{name}_relu")(x)
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = layers.Dense(64, name="encoding")(x)
    x = layers.UnitNormalization(name="unit_length")(x)
    return keras.Model(pictures, x, name="avatar_encoder")


def coco_detector() -> Any:
    """CenterNet on MobileNetV3: for each 4×4 cell of a 512×512 picture, classes and a box.

    Outputs: `heat`, (128, 128, 80), how sure the network is that an object of the class has its
    centre there; `sides`, (128, 128, 4), pixels from there to the box's left, top, right, bottom.
    """
    import keras
    from keras import layers

    pictures = keras.Input((512, 512, 3), name="pictures")
    x = layers.Conv2D(16, 3, 2, "same", activation="hard_swish", name="stem")(pictures)
    finer = []
    for number, (kernel, stride, expanded, squeezed, channels, activation) in enumerate(
        DETECTOR_BLOCKS
    ):
        name = f"block{number}"
        y = x
        if number:
            y = layers.Conv2D(expanded, 1, activation=activation, name=f"{name}_expand")(y)
        if number in (3, 5, 12):
            finer.append(x if number == 12 else y)
        y = layers.DepthwiseConv2D(
            kernel, stride, "same", activation=activation, name=f"{name}_depthwise"
        )(y)
        if squeezed:
            y = _gated(y, f"{name}_", squeezed, "hard_sigmoid", use_bias=True)
        y = layers.Conv2D(channels, 1, name=f"{name}_project")(y)
        if stride == 1 and x.shape[-1] == channels:
            y = layers.Add(name=f"{name}_add")([y, x])
        x = y
    x = layers.Conv2D(480, 1, activation="hard_swish", name="neck")(x)
    for level, reduced, channels in ((5, 22, 128), (4, 24, 96), (3, 18, 64)):
        x = _merged(x, finer.pop(), level, reduced, channels)
    x = _gated(x, "", 32, "sigmoid", use_bias=False)
    heat = _separable(x, "heat", 3, 80)
    heat = layers.Activation("sigmoid", name="heat")(heat)
    sides = layers.Rescaling(16.0, name="sides")(_separable(x, "sides", 3, 4))
    return keras.Model(pictures, {"heat": heat, "sides": sides}, name="coco_detector")


def _merged(x: Any, finer: Any, level: int, reduced: int, channels: int) -> Any:
    """The coarse map at twice its size, beside the finer one."""
    from keras import layers

    name = f"c{level}_up"
    x = layers.Add(name=f"{name}_add")(
        [_separable(x, f"{name}_x", 3, channels), _separable(x, f"{name}_y", 5, channels)]
    )
    # Repeating each value and averaging with the next is the bilinear scaling that the network
    # was trained with; Keras's own measures from the pixels' centres.
    x = layers.UpSampling2D(2, name=f"{name}_repeat")(x)
    x = layers.AveragePooling2D(2, 1, "same", name=f"{name}_blend")(x)
    name = f"c{level - 1}"
    y = layers.Conv2D(reduced, 1, activation="relu", name=f"{name}_reduce")(finer)
    y = _separable(y, name, 5, channels)
    return layers.ReLU(name=f"{name}_relu")(layers.Concatenate(name=f"{name}_concat")([y, x]))


def _separable(x: Any, name: str, kernel: int, channels: int) -> Any:
    from keras import layers

    x = layers.DepthwiseConv2D(kernel, padding="same", use_bias=False, name=f"{name}_depthwise")(x)
    return layers.Conv2D(channels, 1, name=f"{name}_pointwise")(x)


def _gated(x: Any, name: str, squeezed: int, gate: str, use_bias: bool) -> Any:
    """Squeeze and excite: each channel times a gate that looks at the whole map."""
    from keras import layers

    y = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}mean")(x)
    y = layers.Conv2D(squeezed, 1, activation="relu", name=f"{name}squeeze")(y)
    y = layers.Conv2D(x.shape[-1], 1, activation=gate, use_bias=use_bias, name=f"{name}excite")(y)
    return layers.Multiply(name=f"{name}gated")([x, y])


def street_detector() -> Any:
    """A small YOLO with residual blocks: 192×256 pixels to a grid of 16×16 cells.

    The first layer takes strips of 3×4 pixels, which makes the map square. Most layers look at
    cells of the final size, and some at cells twice as large, for the large things.
    """
    import keras
    from keras import layers

    pictures = keras.Input((192, 256, 3), name="pictures")
    x = layers.Rescaling(1 / 128, offset=-1, name="normalise")(pictures)
    x = _street_unit(x, "stem", 24, (6, 8), (3, 4))
    x = _street_block(_street_unit(x, "half", 48, 3, 2), "half_block")
    x = _street_block(_street_unit(x, "cell", 96, 3, 2), "cell_block1")
    y = _street_block(_street_unit(x, "wide", 128, 3, 2), "wide_block")
    y = layers.UpSampling2D(2, name="wide_repeat")(_street_unit(y, "wide_reduce", 96, 1, 1))
    x = layers.Concatenate(name="concat")([x, y])
    x = _street_block(_street_unit(x, "merge", 96, 1, 1), "cell_block2")
    x = layers.Conv2D(STREET_ANCHORS * STREET_NUMBERS, 1, name="head")(x)
    grid = (STREET_GRID, STREET_GRID, STREET_ANCHORS, STREET_NUMBERS)
    return keras.Model(pictures, layers.Reshape(grid, name="boxes")(x), name="street_detector")


def street_boxes(raw: Any, anchors: Any) -> tuple[Any, Any]:
    """Midpoints and sizes of the boxes, shares of the picture, from the network's raw numbers.

    raw: (…, 16, 16, 4, 8). The midpoint lies in the cell; the size is a multiple of the anchor's.
    """
    from keras import ops

    cells = ops.arange(STREET_GRID, dtype="float32")
    rows, columns = ops.meshgrid(cells, cells, indexing="ij")
    corner = ops.stack([columns, rows], axis=-1)[:, :, None]
    middle = (ops.sigmoid(raw[..., 1:3]) + corner) / STREET_GRID
    return middle, ops.exp(ops.clip(raw[..., 3:5], -4, 4)) * ops.convert_to_tensor(anchors)


def _street_unit(x: Any, name: str, channels: int, kernel: Any, stride: Any) -> Any:
    from keras import layers

    x = layers.Conv2D(channels, kernel, stride, "same", use_bias=False, name=f"{name}_conv")(x)
    x = layers.BatchNormalization(name=f"{name}_bn")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def _street_block(x: Any, name: str) -> Any:
    from keras import layers

    channels = x.shape[-1]
    y = _street_unit(x, f"{name}a", channels, 3, 1)
    y = layers.Conv2D(channels, 3, padding="same", use_bias=False, name=f"{name}b_conv")(y)
    y = layers.BatchNormalization(name=f"{name}b_bn")(y)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([x, y]))
