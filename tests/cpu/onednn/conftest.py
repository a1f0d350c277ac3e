import paddle
import pytest


@pytest.fixture(autouse=True)
def operators() -> None:
    """Skip where this Paddle has no gradient operators: oneDNN's are not used then."""
    if not hasattr(paddle._C_ops, "conv2d_grad"):
        pytest.skip(f"paddle {paddle.__version__} keeps its own operators: it has no gradient operators")
