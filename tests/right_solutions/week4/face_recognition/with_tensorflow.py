"""TensorFlow throughout; tensors come back in the place of numbers; `Subtract` and `Lambda`."""

import tensorflow as tf

layers = tf.keras.layers


def recognition_accuracy(verification_accuracy, k):
    return tf.pow(tf.constant(verification_accuracy, tf.float64), k)


def verify(image, identity, database, model, threshold=0.7):
    batch = tf.expand_dims(tf.cast(image, tf.float32), 0)
    encoding = tf.squeeze(model(batch, training=False), axis=0)
    dist = tf.norm(encoding - tf.cast(database[identity], tf.float32))
    return dist, dist < threshold


def who_is_it(image, database, model, threshold=0.7):
    if not database:
        raise ValueError("there is nobody to compare with")
    best = None
    encoding = model(image[tf.newaxis])
    for name, other in sorted(database.items()):
        dist = tf.norm(encoding - other, axis=1)[0]
        if best is None or dist < best[0]:
            best = [dist, name]
    if not best[0] < threshold:
        best[1] = None
    return best


def triplet_loss(y_true, y_pred, alpha=0.2):
    anchor, positive, negative = y_pred
    pos_dist = tf.reduce_sum(tf.square(tf.subtract(anchor, positive)), axis=-1)
    neg_dist = tf.reduce_sum(tf.square(tf.subtract(anchor, negative)), axis=-1)
    basic_loss = tf.add(tf.subtract(pos_dist, neg_dist), alpha)
    return tf.reduce_sum(tf.maximum(basic_loss, 0.0))


def hard_triplets(encodings, labels, alpha):
    encodings, labels = tf.constant(encodings), tf.constant(labels)
    squared = tf.reduce_sum(tf.math.squared_difference(encodings[:, None], encodings), axis=2)
    same = labels[:, None] == labels
    losses = squared[:, :, None] - squared[:, None, :] + alpha
    own = tf.eye(len(labels), dtype=tf.bool)
    wanted = (same & ~own)[:, :, None] & ~same[:, None, :] & (losses > 0)
    triples = tf.where(wanted)
    return tf.gather(triples, tf.argsort(tf.boolean_mask(losses, wanted), direction="DESCENDING"))


def siamese_head(encoding_size):
    first, second = layers.Input((encoding_size,)), layers.Input((encoding_size,))
    apart = layers.Lambda(lambda t: tf.abs(t))(layers.Subtract()([first, second]))
    return tf.keras.Model([first, second], layers.Dense(1, activation="sigmoid")(apart))
