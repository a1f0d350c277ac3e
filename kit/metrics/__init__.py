"""Contest metrics in NumPy alone: ``y_true, y_pred`` in this order; bad input is a ValueError that says what is wrong.

scikit-learn computes most of these too, but importing it takes a second; the tests hold every figure against it.
The ``*_bootstrap`` functions fit ``kit.Metric(bootstrap=...)`` and draw 1,000 rounds in milliseconds.
"""

from kit.metrics.agreement import balanced_accuracy, macro_f1, micro_f1, quadratic_weighted_kappa
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
from kit.metrics.names import NamedMetric, by_name, column_wise, over_masks
from kit.metrics.overlap import dice, iou
from kit.metrics.ranking import gini, map_at_k, mean_bootstrap, ndcg_at_k
from kit.metrics.regression import mae, r2, rmse, rmsle

__all__ = [
    "NamedMetric",
    "UndefinedMetricError",
    "accuracy",
    "accuracy_bootstrap",
    "average_precision",
    "balanced_accuracy",
    "by_name",
    "column_wise",
    "confusion_matrix",
    "dice",
    "f1",
    "gini",
    "iou",
    "log_loss",
    "macro_f1",
    "mae",
    "map_at_k",
    "mean_bootstrap",
    "micro_f1",
    "ndcg_at_k",
    "over_masks",
    "precision",
    "precision_recall_curve",
    "quadratic_weighted_kappa",
    "r2",
    "recall",
    "rmse",
    "rmsle",
    "roc_auc",
    "roc_auc_bootstrap",
    "roc_curve",
    "sensitivity",
    "specificity",
]
