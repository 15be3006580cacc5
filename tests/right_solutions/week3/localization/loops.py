"""Loops and plain Python, one number after the other."""


def encode_target(box, class_id, n_classes):
    if box is None:
        return [0] * (n_classes + 5)
    height = box[3] - box[1]
    width = box[2] - box[0]
    target = [1, box[0] + width / 2, box[1] + height / 2, height, width]
    for index in range(n_classes):
        target.append(index == class_id)
    return target


def localization_loss(y_true, y_pred):
    losses = (y_true[:, 0] - y_pred[:, 0]) ** 2
    for j in range(1, y_true.shape[1]):
        losses = losses + y_true[:, 0] * (y_true[:, j] - y_pred[:, j]) ** 2
    return losses


def iou(box1, box2):
    x_left, y_top = max(box1[0], box2[0]), max(box1[1], box2[1])
    x_right, y_bottom = min(box1[2], box2[2]), min(box1[3], box2[3])
    if x_right <= x_left or y_bottom <= y_top:
        return 0
    intersection = (x_right - x_left) * (y_bottom - y_top)
    area1 = (box1[2] - box1[0]) * (box1[3] - box1[1])
    area2 = (box2[2] - box2[0]) * (box2[3] - box2[1])
    return float(intersection) / float(area1 + area2 - intersection)


def landmark_loss(y_true, y_pred):
    return localization_loss(y_true, y_pred)
