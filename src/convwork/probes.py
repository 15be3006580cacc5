"""Probes: they call a student's function and turn what it returned into plain values.

They are part of the untrusted side, like `answers`: they ask for models, tensors and functions of
chance what the grader could not compare otherwise. What they find is judged like any answer.
"""

import contextlib
import copy
import functools
import gc
import inspect
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from convwork.trees import Foreign

MAX_PARAMETERS = 60_000_000  # of a model that is to compute something
LARGE = 5_000_000
COPIES = 2048  # of a picture, to see what dropout does
COPYING = 1 << 35  # copies × numbers in each × parameters: a large model gets fewer of them
ROUNDING = 1e-3  # where copies differ by less than this share, it is no dropout
LONGEST = 1_000_003  # a longer weight repeats its numbers; a prime, lest rows repeat


def keras_model(
    build: Callable[..., Any],
    args: tuple[Any, ...],
    keys: list[str],
    batch: int = 2,
    weights: bool = True,
    square: int = 1,
    brightest: float = 1,
    darkest: float = 0,
) -> dict[str, Any]:
    """Facts about a Keras model, and what it computes once its weights are set by a rule.

    The rule depends on a weight's shape alone, so neither the order in which layers were
    created nor their names matter. Without weights the model is built as a plan, which takes no
    memory, however large it is; the predictions bring weights of their own. They are for
    pictures of noise from `darkest` to `brightest`, made of squares of so many equal pixels.
    """
    model = _a_model(build(*args) if weights else _plan(build, args))
    shape = (batch, *model.input_shape[1:])
    images = _generator(shape).uniform(darkest, brightest, size=shape)
    if square > 1:
        rows, columns = (np.arange(length) // square * square for length in shape[1:3])
        images = images[:, rows][:, :, columns]
    found = _facts(model, keys, images)
    large = model.count_params() > LARGE and any("predictions" in key for key in keys)
    del model
    if large:
        gc.collect()  # a model is a ring of references; the next one needs its memory
    return found


def _plan(build: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """A model without memory for its weights, if it can be built so; else with them."""
    import keras

    try:
        with keras.StatelessScope(initialize_variables=False):
            return build(*args)
    except Exception:  # a function that compiles its model, for example
        pass
    finally:
        # Keras keeps a list of such weights, and would make them all when its next scope ends.
        keras.utils.clear_session(free_memory=False)
    return build(*args)


def keras_block(
    build: Callable[..., Any],
    args: tuple[Any, ...],
    keys: list[str],
    initializer: str | None = None,
    outputs: int = 1,
) -> dict[str, Any]:
    """The same for a function of Keras tensors, such as a residual block.

    Each array of `args` stands for a tensor of its shape, and the predictions are for them.
    The function gets the class of that initializer, if one is named.
    outputs: how many tensors the function should return; if several, as a tuple or a list.
    """
    import keras

    if "starts" in keys:
        keras.utils.set_random_seed(0)  # the same submission, the same numbers
    if initializer is not None:
        build = functools.partial(build, initializer=getattr(keras.initializers, initializer))
    arrays = [arg for arg in args if isinstance(arg, np.ndarray)]
    inputs = [keras.Input(shape=array.shape[1:]) for array in arrays]
    tensors = iter(inputs)
    found = build(*(next(tensors) if isinstance(arg, np.ndarray) else arg for arg in args))
    several = list(found) if outputs > 1 and isinstance(found, tuple | list) else [found]
    if len(several) != outputs or not all(isinstance(one, keras.KerasTensor) for one in several):
        wanted = "a Keras tensor" if outputs == 1 else f"{outputs} Keras tensors"
        kinds = " and ".join(type(one).__name__ for one in several)
        raise TypeError(f"the function should return {wanted}, and returned {kinds or 'nothing'}")
    return _facts(keras.Model(_one_or_all(inputs), _one_or_all(several)), keys, _one_or_all(arrays))


def _one_or_all(items: list[Any]) -> Any:
    return items[0] if len(items) == 1 else items


def keras_pair(
    build: Callable[..., Any], args: tuple[np.ndarray, np.ndarray], keys: list[str]
) -> dict[str, Any]:
    """The same for a model with two inputs, vectors of one length, which `build` is told.

    args: two batches, (m, length); the predictions are for them.
    """
    model = _a_model(build(args[0].shape[1]))
    inputs = [batch.astype(np.float32) for batch in args]
    model(inputs)  # a model of an own class has no weights before
    return _facts(model, keys, inputs)


def with_model(call: Callable[..., Any], args: tuple[Any, ...], place: int) -> Any:
    """The answer of a function that takes a Keras model, from images to encodings.

    The array at `place` in `args`, (n_H, n_W, n_C, d), becomes the model: it holds d filters, as
    large as an image, and an encoding is an image's products with each of them, summed.
    """
    filters = args[place]
    model = _linear_model(filters.shape)
    model.set_weights([filters.reshape(-1, filters.shape[-1])])
    return call(*args[:place], model, *args[place + 1 :])


@functools.lru_cache(maxsize=16)
def _linear_model(shape: tuple[int, ...]) -> Any:
    """A model that multiplies images by filters; to build one takes longer than to ask it."""
    import keras

    inputs = keras.Input(shape[:-1])
    dense = keras.layers.Dense(shape[-1], use_bias=False)
    model = keras.Model(inputs, dense(keras.layers.Flatten()(inputs)))
    model.run_eagerly = True  # `predict` would spend its time on compiling
    return model


def with_gradients(call: Callable[..., Any], args: tuple[Any, ...], place: int) -> dict[str, Any]:
    """What a function answers to tensors, and how its answer changes with them.

    The arrays in the list at `place` in `args` become TensorFlow tensors.
    """
    import tensorflow as tf

    tensors = [tf.constant(array) for array in args[place]]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        value = call(*args[:place], tensors, *args[place + 1 :])
    if not tf.is_tensor(value):
        raise TypeError(f"of tensors, a tensor should come, and not {type(value).__name__}")
    slopes = tape.gradient(value, tensors)
    if any(slope is None for slope in slopes):
        raise TypeError("TensorFlow finds no way back from the answer to all of the tensors")
    return {"value": value, "gradients": [tf.convert_to_tensor(slope) for slope in slopes]}


def _a_model(value: Any) -> Any:
    import keras

    if not isinstance(value, keras.Model):
        raise TypeError(
            f"the function should return a Keras model, and returned {type(value).__name__}"
        )
    return value


def keras_detector(convert: Callable[..., Any], args: tuple[Any, ...]) -> dict[str, Any]:
    """What a function makes of a classifier: a Keras model for pictures of any size.

    args: the classifier's input shape, its layers as (class, settings), and batches of pictures,
    each of another size. The classifier's weights are set by the rule; it must stay as it was.
    A model that flattens while it answers still asks the classifier about windows.
    """
    import keras

    shape, layers, *batches = args
    keras.utils.set_random_seed(0)  # forgotten weights are the same ones each time
    classifier = _chain(shape, layers)
    model = _a_model(convert(classifier))
    with _watched(classifier, keras.layers.Flatten) as calls:
        outputs = [np.asarray(model(batch, training=False)) for batch in batches]
    window = _generator((1, *shape)).uniform(size=(1, *shape)).astype(np.float32)
    return {
        "outputs": outputs,
        "flattens": bool(calls),
        "has_weights": model.count_params() >= classifier.count_params(),
        "classifier": np.asarray(classifier(window, training=False)),
    }


@contextlib.contextmanager
def _watched(model: Any, kind: type) -> Iterator[list[str]]:
    """The names of a model's layers of one kind, each time that one of them is called."""
    calls: list[str] = []
    watched: list[Any] = [layer for layer in model.layers if isinstance(layer, kind)]

    def watch(layer: Any) -> Callable[..., Any]:
        call = layer.call

        def noting(*args: Any, **options: Any) -> Any:
            calls.append(layer.name)
            return call(*args, **options)

        return noting

    for layer in watched:
        layer.call = watch(layer)
    try:
        yield calls
    finally:
        for layer in watched:
            del layer.call


def keras_features(extract: Callable[..., Any], args: tuple[Any, ...]) -> dict[str, Any]:
    """What a function computes by a base network and keeps in an HDF5 file.

    args: the base's input shape and layers, as in `keras_detector`; pictures; other pictures, for
    a second call with the same file; and pictures that do not fit, for a call before both. The
    last two may be None.
    """
    import h5py
    import keras

    keras.utils.set_random_seed(0)  # a base that drops numbers drops the same ones each time
    shape, layers, images, others, misfits = args
    found: dict[str, Any] = {}
    base = _chain(shape, layers)
    base.run_eagerly = True  # a graph takes longer to make than these pictures to pass
    before = [weight.numpy() for weight in base.weights]
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/features.h5"
        if misfits is not None:
            with contextlib.suppress(Exception):
                extract(base, misfits, path)
            found["file after the failure"] = Path(path).exists()
        features = extract(base, images, path)
        if isinstance(features, h5py.Dataset):
            raise TypeError("the function should return an array, and returned an open dataset")
        found["features"] = _copied(features)
        if not Path(path).exists():  # in words that name no folder, which are the same each time
            raise FileNotFoundError("there is no file at the path that the function was given")
        with h5py.File(path, "r") as file:
            found["in the file"] = file["features"][()]
            found["datasets"] = len(file)
        if others is not None:
            found["second call"] = _copied(extract(base, others, path))
    found["weights moved"] = _farthest(before, base.weights)
    return found


def keras_tuned(tune: Callable[..., Any], args: tuple[Any, ...]) -> dict[str, Any]:
    """What a function that prepares a model for fine-tuning has done to it.

    args: the model's input shape and layers, as in `keras_detector`; whether it was frozen as a
    whole, or the names of the layers that were; the number of layers and the learning rate;
    pictures and labels. The model comes compiled, as one that has been trained; then it is trained
    for one step.
    """
    import keras

    shape, layers, frozen, n_layers, learning_rate, images, labels = args
    model = _chain(shape, layers)
    model.trainable = frozen is not True
    for layer in model.layers if isinstance(frozen, tuple | list) else ():
        layer.trainable = layer.name not in frozen
    model.compile(keras.optimizers.SGD(1.0), "sparse_categorical_crossentropy")
    model = _a_model(tune(model, n_layers, learning_rate))
    model.run_eagerly = True  # a graph takes longer to make than these steps
    predictions = np.asarray(model(images, training=False))
    tested = model.test_on_batch(images, labels, return_dict=True)
    found: dict[str, Any] = {"predictions": predictions, "loss": float(tested.pop("loss"))}
    # There may be other metrics beside it, and each may have any name.
    accuracy = np.mean(predictions.argmax(axis=-1) == labels)
    measured = [float(value) for value in tested.values()]
    found["accuracy"] = min(measured, key=lambda value: abs(value - accuracy), default=None)
    found["optimiser is Adam"] = type(model.optimizer).__name__ == "Adam"
    before = {layer.name: [weight.numpy() for weight in layer.weights] for layer in model.layers}
    model.train_on_batch(images, labels)
    moved = {
        layer.name: _farthest(before[layer.name], layer.weights)
        for layer in model.layers
        if layer.weights
    }
    return found | {"moved": moved, "afterwards": np.asarray(model(images, training=False))}


def ensemble(average: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """What a function makes of several models and one batch of pictures.

    args: the pictures; then the models, each given as the layers of a Keras model, as in
    `keras_detector`, or as a matrix from the channels' means to the outputs, for a plain function.
    """
    images, *members = args
    models = [
        _plain_model(member) if isinstance(member, np.ndarray) else _chain(images.shape[1:], member)
        for member in members
    ]
    return average(models, images)


def randomised(change: Callable[..., Any], args: tuple[Any, ...], draws: int = 2) -> dict[str, Any]:
    """What a function that works by chance answers, several times in a row.

    args: a seed, then the function's arguments without the generator, which comes last. All is
    done once more with a new generator from the same seed. Only the first call gets `args`
    themselves, lest one that changes them spoils the others. Answers that are alike come as one
    array, (draws, …), for an answer may not have a thousand parts.
    """
    seed, *others = args
    copies = [copy.deepcopy(others) for _ in range(2 * draws - 1)]
    found = []
    for series in ([others, *copies[: draws - 1]], copies[draws - 1 :]):
        generator = np.random.default_rng(seed)
        found.append(_stacked([_copied(change(*arguments, generator)) for arguments in series]))
    return {"draws": found[0], "again": found[1]}


def _stacked(answers: list[Any]) -> Any:
    """Arrays of one shape and type as one array with a new first axis; others as they are."""
    kinds = {
        (answer.shape, answer.dtype) if isinstance(answer, np.ndarray) else None
        for answer in answers
    }
    return np.stack(answers) if len(kinds) == 1 and None not in kinds else answers


def _chain(shape: Any, layers: Any) -> Any:
    """A Sequential of layers, each given as (class, settings), with weights by the rule."""
    import keras

    chain = [getattr(keras.layers, name)(**settings) for name, settings in layers]
    model = keras.Sequential([keras.Input(tuple(shape)), *chain])
    for weight in model.weights:
        weight.assign(_weight(tuple(weight.shape)))
    return model


def _plain_model(matrix: np.ndarray) -> Callable[[Any], np.ndarray]:
    return lambda images: np.asarray(images).mean(axis=(1, 2)) @ matrix


def _farthest(before: list[np.ndarray], weights: Any) -> float:
    """The longest way that any of the numbers has come."""
    return max(
        (
            float(abs(weight.numpy() - was).max())
            for was, weight in zip(before, weights, strict=True)
        ),
        default=0.0,
    )


def numbers(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """What a function answers, a list or an array of numbers, in which True is 1 and False is 0."""
    answer = function(*args)
    if isinstance(answer, tuple | list):
        return [int(one) if isinstance(one, bool | np.bool_) else one for one in answer]
    if isinstance(answer, np.ndarray) and answer.dtype == bool:
        return answer.astype(int)
    return answer


def tensorflow_function(
    function: Callable[..., Any], args: tuple[Any, ...], of: int | None = None
) -> Any:
    """What a function answers to TensorFlow tensors: the arrays in `args` become tensors.

    of: the position of an argument. The answer then has two parts: `value`, and `gradients`, the
    value's with respect to that argument; they are None where no gradient flows.
    """
    import tensorflow as tf

    args = tf.nest.map_structure(
        lambda value: tf.constant(value) if isinstance(value, np.ndarray) else value, args
    )
    if of is None:
        return function(*args)
    with tf.GradientTape() as tape:
        tape.watch(args[of])
        value = tf.convert_to_tensor(function(*args))
    gradients = tf.nest.map_structure(
        lambda gradient: None if gradient is None else np.asarray(tf.convert_to_tensor(gradient)),
        tape.gradient(value, args[of]),
    )
    return {"value": value, "gradients": gradients}


def pixel_steps(
    train_step: Callable[..., Any], args: tuple[Any, ...], optimizer: dict[str, Any], steps: int = 1
) -> dict[str, Any]:
    """What becomes of a picture in some steps of an optimizer on its pixels.

    args: the picture, and three arrays like it: slopes, bends and a target. Its cost is the sum of
    slope · x + bend · (x − target)² over all numbers x in it. optimizer: as Keras writes it down.
    """
    import keras
    import tensorflow as tf

    picture, slopes, bends, target = map(tf.constant, args)
    generated, adjust = tf.Variable(picture), keras.optimizers.get(optimizer)
    adjust.build([generated])  # a compiled step may create no variables but in its first call

    def cost(x: Any) -> Any:
        return tf.reduce_sum(slopes * x + bends * (x - target) ** 2)

    costs, pictures = [], []
    for _ in range(steps):
        costs.append(_copied(train_step(generated, cost, adjust)))
        pictures.append(generated.numpy())
    return {"costs": costs, "pictures": pictures}


def _copied(value: Any) -> Any:
    """An array of its own, which later calls can't change."""
    return np.array(value) if hasattr(value, "__array__") else value


def _facts(model: Any, keys: list[str], images: Any) -> dict[str, Any]:
    import keras

    predictions = functools.cache(lambda: _predictions(model, images, training=False))
    facts: dict[str, Callable[[], Any]] = {
        "model": lambda: "Sequential" if isinstance(model, keras.Sequential) else "Functional",
        "input_shape": lambda: list(model.input_shape[1:]),
        "output_shape": lambda: _without_batch(model.output_shape),
        "parameters": model.count_params,
        "trainable_parameters": lambda: sum(int(np.prod(w.shape)) for w in model.trainable_weights),
        "weights": lambda: sorted(list(w.shape) for w in model.weights),
        "narrow_kernels": lambda: sum(map(_is_narrow, model.weights)),
        "starts": lambda: _starts(model),
        "output_shapes": lambda: _output_shapes(model),
        "predictions": predictions,
        "log_predictions": lambda: _logarithms(predictions()),
        "predictions_in_training": lambda: _predictions(model, images, training=True),
        "sums_in_training": lambda: _sums(_predictions(model, images, training=True)),
        "predictions_as_called": lambda: _predictions(model, images, training=None),
        "spread_in_training": lambda: _spread(model, images),
        "dropout_elsewhere": lambda: _dropout_elsewhere(model),
    }
    return {key: facts[key]() for key in keys}


def _output_shapes(model: Any) -> list[list[int]]:
    shapes = {tuple(layer.output.shape[1:]) for layer in model.layers}
    return [list(shape) for shape in sorted(shapes)]


def _is_narrow(weight: Any) -> bool:
    """Whether it is a kernel that starts as Keras' random_uniform does, from −0.05 to 0.05."""
    return len(weight.shape) > 1 and bool(np.abs(np.asarray(weight)).max() <= 0.05)


def _without_batch(shape: Any) -> list[Any]:
    """A shape without its first number; several shapes one by one."""
    return [_without_batch(one) for one in shape] if isinstance(shape, list) else list(shape[1:])


def _starts(model: Any) -> list[Any]:
    """How each kernel's random numbers are spread: shape, deviation times √(fan in / 2), range.

    The range is the largest number in deviations: √3 for a uniform start.
    """
    found = []
    for weight in model.weights:
        if len(weight.shape) > 1:
            values = np.asarray(weight)
            deviation = max(float(values.std()), 1e-9)
            scaled = deviation * np.sqrt(np.prod(values.shape[:-1]) / 2)
            found.append([*values.shape, float(scaled), float(abs(values).max() / deviation)])
    return sorted(found)


def _spread(model: Any, images: np.ndarray) -> Any:
    """How far answers about the first picture lie apart in training: a deviation per channel.

    What dropout does to a whole model: its silenced units differ from copy to copy, so that many
    copies tell where it is and how much it drops, whichever numbers it draws.
    """
    affordable = COPYING // max(images[0].size * model.count_params(), 1)
    copies = np.repeat(images[:1], max(2, min(COPIES, affordable)), axis=0)
    answers = _predictions(model, copies, training=True, weight=_heavy_weight)
    if isinstance(answers, Foreign):
        return answers
    spread = np.sqrt(answers.var(axis=0).reshape(-1, answers.shape[-1]).mean(axis=0))
    return np.where(spread < ROUNDING * abs(answers).mean(), 0, spread)


def _predictions(
    model: Any,
    images: Any,
    training: bool | None,
    weight: Callable[[tuple[int, ...]], np.ndarray] | None = None,
) -> Any:
    """What the model computes; with None, each layer does as it was told when it was called."""
    import keras

    if model.count_params() > MAX_PARAMETERS:
        return Foreign("model that is too large to run")
    rule = weight or _weight
    learnt, kept = (
        [
            keras.ops.convert_to_tensor(
                np.array([number, 1]) if _is_seed(variable) else rule(tuple(variable.shape))
            )
            for number, variable in enumerate(variables)
        ]
        for variables in (model.trainable_variables, model.non_trainable_variables)
    )
    single = keras.tree.map_structure(lambda array: array.astype(np.float32), images)
    takes_training = "training" in inspect.signature(model.call).parameters  # an own class may not
    options = {"training": training} if takes_training else {}
    outputs, _ = model.stateless_call(learnt, kept, single, **options)
    return keras.tree.map_structure(np.asarray, outputs)


def _is_seed(variable: Any) -> bool:
    """Whether it is what a layer such as dropout draws from; equal seeds would draw the same."""
    return tuple(variable.shape) == (2,) and "int" in variable.dtype


def _logarithms(predictions: Any) -> Any:
    """Of probabilities: they still differ where a softmax has become as good as 0 or 1."""
    if isinstance(predictions, Foreign):
        return predictions
    return np.log(np.maximum(predictions, 1e-30))


def _sums(predictions: Any) -> Any:
    """Of probabilities: 1 each, whatever is dropped on the way to them."""
    return predictions if isinstance(predictions, Foreign) else predictions.sum(axis=-1)


def _dropout_elsewhere(model: Any) -> list[list[int]]:
    """The shapes of what is dropped in training, but for vectors that the last layer gets."""
    kernels = [weight for weight in model.weights if len(weight.shape) > 1]
    allowed = [kernels[-1].shape[0]] if kernels else []
    dropped = [
        getattr(layer, "output", None)  # there is none within a layer of an own class
        for layer in model._flatten_layers()
        if "Dropout" in type(layer).__name__
    ]
    shapes = [list(tensor.shape[1:]) for tensor in dropped if tensor is not None]
    return sorted(shape for shape in shapes if shape != allowed)


def _weight(shape: tuple[int, ...]) -> np.ndarray:
    generator = _generator(shape)
    if len(shape) < 2:  # biases, and what batch norm keeps: a variance must be positive
        return np.asarray(generator.uniform(0.2, 1.0, size=shape))
    fan_in = int(np.prod(shape[:-1]))
    values = generator.normal(size=min(fan_in * shape[-1], LONGEST)) * np.sqrt(2 / fan_in)
    return np.resize(values.astype(np.float32), shape)


def _heavy_weight(shape: tuple[int, ...]) -> np.ndarray:
    """A weight that is larger in wide layers, so that what they do is not lost among the others."""
    return _weight(shape) * (np.prod(shape[:-1]) / 36 if len(shape) > 1 else 1)


def _generator(shape: tuple[int, ...]) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(repr(shape).encode()))


PROBES: dict[str, Callable[..., Any]] = {
    "keras_model": keras_model,
    "keras_block": keras_block,
    "keras_pair": keras_pair,
    "with_model": with_model,
    "with_gradients": with_gradients,
    "keras_detector": keras_detector,
    "keras_features": keras_features,
    "keras_tuned": keras_tuned,
    "ensemble": ensemble,
    "randomised": randomised,
    "numbers": numbers,
    "tensorflow_function": tensorflow_function,
    "pixel_steps": pixel_steps,
}
