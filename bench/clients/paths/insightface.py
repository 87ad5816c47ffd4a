"""insightface's old package: its models are files of MXNet's, which are made here."""

from __future__ import annotations

from typing import Any

import numpy as np
from insightface.model_zoo import face_detection, face_recognition
from insightface.utils import face_align

import mxnet as mx


def aligned() -> Any:
    image = np.zeros((200, 200, 3), "uint8")
    marks = np.array([[60, 80], [130, 80], [95, 120], [65, 150], [125, 150]], "float32")
    return face_align.norm_crop(image, marks).shape


def recognized() -> Any:
    import tempfile

    data = mx.sym.var("data")
    features = mx.sym.FullyConnected(mx.sym.Flatten(data), num_hidden=8, name="fc1")
    module = mx.mod.Module(features, label_names=None)
    module.bind([("data", (1, 3, 112, 112))], for_training=False)
    module.init_params()
    with tempfile.TemporaryDirectory() as folder:
        module.save_checkpoint(f"{folder}/arc", 0)
        model = face_recognition.FaceRecognition("arc", False, f"{folder}/arc-0000.params")
        model.prepare(-1)
        return model.get_embedding(np.zeros((112, 112, 3), "uint8")).shape


def anchors() -> Any:
    settings = {"32": {"SCALES": (32, 16), "BASE_SIZE": 16, "RATIOS": (1.0,), "ALLOWED_BORDER": 9999}}
    return [each.shape for each in face_detection.generate_anchors_fpn(settings)]


PATHS = [aligned, recognized, anchors]
