"""The untrusted side of a question: it runs inside the student's kernel and only there.

The grader's process sends a request, the kernel calls the student's function and returns what
came out as an npz file without pickle. Nothing here decides anything: expected outputs and
scores are never in this process. This module imports no other module of convwork.

A *tree* is a nesting of tuples, lists, dicts, numbers, strings, None and arrays. In a packed
tree the arrays are members `0`, `1`, … of the npz file, and the member `tree` is JSON (as
bytes) in which each node is a pair [kind, content].
"""

import base64
import contextlib
import copy
import functools
import gc
import io
import json
import linecache
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

MAX_BYTES = 32 << 20
MAX_TEXT = 300
MAX_PARAMETERS = 60_000_000  # of a model that is to compute something
LARGE = 5_000_000
LONGEST = 1_000_003  # a longer weight repeats its numbers; a prime, lest rows repeat


class Foreign(str):
    """The name of a type that cannot cross to the grader, in the place of its value."""


def pack(tree: Any) -> bytes:
    """A tree as npz bytes. Values of other types become their type's name.

    Raises ValueError if the arrays hold more than MAX_BYTES.
    """
    arrays: list[np.ndarray] = []
    text = json.dumps(to_nodes(tree, arrays))
    if sum(array.nbytes for array in arrays) + len(text) > MAX_BYTES:
        raise ValueError(f"the answer is larger than {MAX_BYTES >> 20} MB")
    members = {str(i): array for i, array in enumerate(arrays)}
    file = io.BytesIO()
    np.savez(file, tree=np.frombuffer(text.encode(), np.uint8), **members)  # type: ignore[arg-type]
    return file.getvalue()


def unpack(data: bytes) -> Any:
    """The tree that `pack` made. For trusted data: the grader has a stricter reader."""
    with np.load(io.BytesIO(data), allow_pickle=False) as members:
        return build_tree(json.loads(members["tree"].tobytes()), lambda i: members[str(i)])


def build_tree(node: Any, array: Callable[[Any], np.ndarray]) -> Any:
    """A tree from its JSON nodes; raises ValueError for anything that is not such a node."""
    match node:
        case ["value", None | bool() | int() | float() | str() as value]:
            return value
        case ["array", where]:
            return array(where)
        case ["tuple", [*items]]:
            return tuple(build_tree(item, array) for item in items)
        case ["list", [*items]]:
            return [build_tree(item, array) for item in items]
        case ["dict", [*pairs]]:
            return {_key(key): build_tree(item, array) for key, item in pairs}
        case ["foreign", str(name)]:
            return Foreign(name[:MAX_TEXT])
    raise ValueError("not a node of a tree")


def _key(key: Any) -> str | int:
    if isinstance(key, str | int):
        return key
    raise ValueError("a key of a dict is neither a string nor an integer")


def to_nodes(value: Any, arrays: list[np.ndarray]) -> list[Any]:
    """A tree as JSON nodes; its arrays are appended to `arrays`, and referred to by position."""
    if isinstance(value, Foreign):
        return ["foreign", str(value)]
    if value is None or type(value) in (bool, int, float, str):
        return ["value", value]
    if isinstance(value, tuple):
        return ["tuple", [to_nodes(item, arrays) for item in value]]
    if isinstance(value, list):
        return ["list", [to_nodes(item, arrays) for item in value]]
    if isinstance(value, dict) and all(type(key) in (str, int) for key in value):
        return ["dict", [[key, to_nodes(item, arrays)] for key, item in value.items()]]
    if isinstance(value, np.ndarray | np.generic) or hasattr(value, "__array__"):
        array = np.array(value, subok=False)
        if array.dtype.kind in "biuf":
            arrays.append(array.astype(array.dtype.newbyteorder("="), copy=False))
            return ["array", len(arrays) - 1]
        return ["foreign", f"array of {array.dtype}"]
    return ["foreign", type(value).__name__]


def answer(request: str) -> str:
    """Answer one question of the grader: base64 of a packed request in, of a packed answer out.

    The request has `function`, `args` (a tuple), `options` (a dict), `calls`, `probe` and
    `probe_options`. The answer has `answers` (one for each call), `modified` (whether a call
    changed its inputs) and `error` (None, or what the call raised).
    """
    from IPython import get_ipython  # type: ignore[attr-defined]

    data = base64.b64decode(request)
    namespace = get_ipython().user_ns
    with contextlib.redirect_stdout(_Null()), contextlib.redirect_stderr(_Null()):
        return base64.b64encode(packed_answer(namespace, data)).decode()


def evaluate(namespace: dict[str, Any], data: bytes) -> dict[str, Any]:
    """The answer to a packed request, by a function that lives in `namespace`."""
    request = unpack(data)
    function = namespace.get(request["function"])
    result: dict[str, Any] = {"answers": [], "modified": False, "error": None}
    if not callable(function):
        kind = "missing" if function is None else "not callable"
        return result | {"error": {"types": [kind], "message": "", "place": ""}}
    for _ in range(request["calls"]):
        args, options = copy.deepcopy((request["args"], request["options"]))
        try:
            call = functools.partial(function, **options)
            if request["probe"]:
                value = PROBES[request["probe"]](call, args, **request["probe_options"])
            else:
                value = call(*args)
        except BaseException as error:
            return result | {"error": _describe(error)}
        result["answers"].append(value)
        result["modified"] |= not same((args, options), (request["args"], request["options"]))
    return result


def packed_answer(namespace: dict[str, Any], data: bytes) -> bytes:
    """The packed answer to a packed request; if it can't be packed, the reason as an error."""
    try:
        return pack(evaluate(namespace, data))
    except Exception as error:
        return pack({"answers": [], "modified": False, "error": _describe(error)})


def same(one: Any, other: Any) -> bool:
    """Whether two trees are equal, values and types."""
    return _freeze(one) == _freeze(other)


def _freeze(tree: Any) -> tuple[str, list[tuple[Any, ...]]]:
    arrays: list[np.ndarray] = []
    text = json.dumps(to_nodes(tree, arrays))
    return text, [(array.dtype.str, array.shape, array.tobytes()) for array in arrays]


def _describe(error: BaseException) -> dict[str, Any]:
    place, trace = "", error.__traceback__
    while trace is not None:
        file, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        if "ipykernel" in file and "site-packages" not in file:
            place = linecache.getline(file, line).strip()[:MAX_TEXT] or place
        trace = trace.tb_next
    types = [kind.__name__ for kind in type(error).__mro__ if kind is not object]
    return {"types": types, "message": str(error)[:MAX_TEXT], "place": place}


class _Null(io.TextIOBase):
    """Takes what a student's function prints while it is questioned."""

    def write(self, text: str) -> int:
        return len(text)


# Probes: they call a student's function and turn what it returned into plain values.


def keras_model(
    build: Callable[..., Any],
    args: tuple[Any, ...],
    keys: list[str],
    batch: int = 2,
    weights: bool = True,
) -> dict[str, Any]:
    """Facts about a Keras model, and what it computes once its weights are set by a rule.

    The rule depends on a weight's shape alone, so neither the order in which layers were
    created nor their names matter. Without weights the model is built as a plan, which takes no
    memory, however large it is; the predictions bring weights of their own.
    """
    import keras

    model = build(*args) if weights else _plan(build, args)
    if not isinstance(model, keras.Model):
        raise TypeError(
            f"the function should return a Keras model, and returned {type(model).__name__}"
        )
    shape = (batch, *model.input_shape[1:])
    found = _facts(model, keys, _generator(shape).uniform(size=shape))
    large = "predictions" in keys and model.count_params() > LARGE
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
    build: Callable[..., Any], args: tuple[Any, ...], keys: list[str]
) -> dict[str, Any]:
    """The same for a function from a Keras tensor to a Keras tensor, such as a residual block.

    The first of `args` is an array: the tensor has its shape, and the predictions are for it.
    """
    import keras

    images, *others = args
    inputs = keras.Input(shape=images.shape[1:])
    outputs = build(inputs, *others)
    if not isinstance(outputs, keras.KerasTensor):
        raise TypeError(
            f"the function should return a Keras tensor, and returned {type(outputs).__name__}"
        )
    return _facts(keras.Model(inputs, outputs), keys, images)


def keras_detector(convert: Callable[..., Any], args: tuple[Any, ...]) -> dict[str, Any]:
    """What a function makes of a classifier: a Keras model for pictures of any size.

    args: the classifier's input shape, its layers as (class, settings), and batches of pictures,
    each of another size. The classifier's weights are set by the rule; it must stay as it was.
    A model that flattens while it answers still asks the classifier about windows.
    """
    import keras

    shape, layers, *batches = args
    keras.utils.set_random_seed(0)  # forgotten weights are the same ones each time
    classifier = keras.Sequential([keras.Input(tuple(shape))])
    for name, settings in layers:
        classifier.add(getattr(keras.layers, name)(**settings))
    for weight in classifier.weights:
        weight.assign(_weight(tuple(weight.shape)))
    model = convert(classifier)
    if not isinstance(model, keras.Model):
        raise TypeError(
            f"the function should return a Keras model, and returned {type(model).__name__}"
        )
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


def randomised(change: Callable[..., Any], args: tuple[Any, ...], draws: int = 2) -> dict[str, Any]:
    """What a function that works by chance answers, several times in a row.

    args: a seed, then the function's arguments without the generator, which comes last. The
    first draw is made once more with a new generator from the same seed.
    """
    seed, *others = args
    generator = np.random.default_rng(seed)
    found = [_copied(change(*others, generator)) for _ in range(draws)]
    return {"draws": found, "again": _copied(change(*others, np.random.default_rng(seed)))}


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


def _facts(model: Any, keys: list[str], images: np.ndarray) -> dict[str, Any]:
    import keras

    predictions = functools.cache(lambda: _predictions(model, images, training=False))
    facts: dict[str, Callable[[], Any]] = {
        "model": lambda: "Sequential" if isinstance(model, keras.Sequential) else "Functional",
        "input_shape": lambda: list(model.input_shape[1:]),
        "output_shape": lambda: list(model.output_shape[1:]),
        "parameters": model.count_params,
        "trainable_parameters": lambda: sum(int(np.prod(w.shape)) for w in model.trainable_weights),
        "weights": lambda: sorted(list(w.shape) for w in model.weights),
        "output_shapes": lambda: _output_shapes(model),
        "predictions": predictions,
        "log_predictions": lambda: _logarithms(predictions()),
        "predictions_in_training": lambda: _predictions(model, images, training=True),
        "predictions_as_called": lambda: _predictions(model, images, training=None),
    }
    return {key: facts[key]() for key in keys}


def _output_shapes(model: Any) -> list[list[int]]:
    shapes = {tuple(layer.output.shape[1:]) for layer in model.layers}
    return [list(shape) for shape in sorted(shapes)]


def _predictions(model: Any, images: np.ndarray, training: bool | None) -> Any:
    """What the model computes; with None, each layer does as it was told when it was called."""
    import keras

    if model.count_params() > MAX_PARAMETERS:
        return Foreign("model that is too large to run")
    learnt, kept = (
        [keras.ops.convert_to_tensor(_weight(tuple(variable.shape))) for variable in variables]
        for variables in (model.trainable_variables, model.non_trainable_variables)
    )
    outputs, _ = model.stateless_call(learnt, kept, images.astype(np.float32), training=training)
    return np.asarray(outputs)


def _logarithms(predictions: Any) -> Any:
    """Of probabilities: they still differ where a softmax has become as good as 0 or 1."""
    if isinstance(predictions, Foreign):
        return predictions
    return np.log(np.maximum(predictions, 1e-30))


def _weight(shape: tuple[int, ...]) -> np.ndarray:
    generator = _generator(shape)
    if len(shape) < 2:  # biases, and what batch norm keeps: a variance must be positive
        return np.asarray(generator.uniform(0.2, 1.0, size=shape))
    fan_in = int(np.prod(shape[:-1]))
    values = generator.normal(size=min(fan_in * shape[-1], LONGEST)) * np.sqrt(2 / fan_in)
    return np.resize(values.astype(np.float32), shape)


def _generator(shape: tuple[int, ...]) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(repr(shape).encode()))


PROBES: dict[str, Callable[..., Any]] = {
    "keras_model": keras_model,
    "keras_block": keras_block,
    "keras_detector": keras_detector,
    "randomised": randomised,
    "tensorflow_function": tensorflow_function,
    "pixel_steps": pixel_steps,
}
