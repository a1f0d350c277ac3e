"""Contest metrics in NumPy alone: ``y_true, y_pred`` in this order; bad input is a ValueError that says what is wrong.

scikit-learn computes most of these too, but importing it takes a second; the tests hold every figure against it.
The ``*_bootstrap`` functions fit ``kit.Metric(bootstrap=...)`` and draw 1,000 rounds in milliseconds.
"""

from kit.metrics.curves import (
    average_precision,
    precision_recall_curve,
    roc_auc,
    roc_auc_bootstrap,
    roc_curve,
)
from kit.metrics.inputs import UndefinedMetricError
from kit.metrics.labels import (
    accuracy,
    accuracy_bootstrap,
    confusion_matrix,
    f1,
    log_loss,
    precision,
    recall,
    sensitivity,
    specificity,
)
from kit.metrics.overlap import dice, iou

__all__ = [
    "UndefinedMetricError",
    "accuracy",
    "accuracy_bootstrap",
    "average_precision",
    "confusion_matrix",
    "dice",
    "f1",
    "iou",
    "log_loss",
    "precision",
    "precision_recall_curve",
    "recall",
    "roc_auc",
    "roc_auc_bootstrap",
    "roc_curve",
    "sensitivity",
    "specificity",
]
