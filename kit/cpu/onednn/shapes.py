"""Translate the arguments of Paddle's convolutions and pools into a geometry: output sizes and padding on each side."""

from __future__ import annotations

from collections.abc import Sequence

from kit.cpu.onednn.geometry import Geometry, Window
from kit.cpu.onednn.library import Unsupported


def convolution(
    x: Sequence[int],
    weight: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    algorithm: str,
    dilation: Sequence[int],
    groups: int,
    bias: bool,
) -> Geometry:
    """Return the geometry of a convolution of x (N, C, ...) with a weight (O, C / groups, ...)."""
    axes = len(x) - 2
    if algorithm == "SAME":
        dilation = [1] * axes  # as Paddle's operator does
    kernel = extents(weight[2:], dilation)
    before, after = sides(x[2:], kernel, stride, padding, algorithm)
    sizes = zip(x[2:], kernel, stride, before, after, strict=True)
    y = [(size + low + high - taps) // step + 1 for size, taps, step, low, high in sizes]
    if min(y) < 1 or x[1] != weight[1] * groups or weight[0] % groups:
        raise Unsupported("its sizes do not fit")  # Paddle's own operator then raises its error
    return Geometry(
        x=tuple(x),
        weight=tuple(weight),
        y=(x[0], weight[0], *y),
        stride=tuple(stride),
        before=before,
        after=after,
        dilation=tuple(dilation),
        groups=groups,
        bias=bias,
    )


def transposed(
    x: Sequence[int],
    weight: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    extra: Sequence[int],
    size: Sequence[int],
    algorithm: str,
    groups: int,
    dilation: Sequence[int],
) -> Geometry:
    """Return the geometry of a transposed convolution of x (N, C, ...) with a weight (C, O / groups, ...).

    ``extra`` is Paddle's ``output_padding`` and ``size`` its ``output_size``; either may be empty.
    """
    if algorithm != "EXPLICIT":
        raise Unsupported(f"{algorithm} padding of a transposed convolution is not supported")
    axes = len(x) - 2
    kernel = extents(weight[2:], dilation)
    before, after = sides(x[2:], kernel, stride, padding, algorithm)
    sizes = zip(x[2:], stride, kernel, before, after, strict=True)
    least = [(n - 1) * step + taps - low - high for n, step, taps, low, high in sizes]
    y = list(size) or [n + more for n, more in zip(least, extra or [0] * axes, strict=True)]
    reachable = all(low <= n < low + step for n, low, step in zip(y, least, stride, strict=True))
    if min(y) < 1 or not reachable or x[1] != weight[0] or x[1] % groups:
        raise Unsupported("its sizes do not fit")
    return Geometry(
        x=tuple(x),
        weight=tuple(weight),
        y=(x[0], weight[1] * groups, *y),
        stride=tuple(stride),
        before=before,
        after=after,
        dilation=tuple(dilation),
        groups=groups,
        bias=False,
        transposed=True,
    )


def pool(
    kind: str,
    x: Sequence[int],
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    ceiling: bool,
    algorithm: str,
) -> Window:
    """Return the window of a pool of x (N, C, ...)."""
    before, after = sides(x[2:], kernel, stride, padding, algorithm)
    sizes = list(zip(x[2:], kernel, stride, before, after, strict=True))
    more = [step - 1 if ceiling else 0 for step in stride]
    y = [(n + low + high - taps + up) // step + 1 for (n, taps, step, low, high), up in zip(sizes, more, strict=True)]
    # With ceil_mode the last window may read past the end. oneDNN has no such mode, so the missing elements become
    # padding after the axis. A pool with windows that contain no element of x is left to Paddle.
    past = [(m - 1) * step + taps - n - low for m, (n, taps, step, low, _) in zip(y, sizes, strict=True)]
    outside = any((m - 1) * step >= n + low for m, (n, _, step, low, _) in zip(y, sizes, strict=True))
    hollow = any(low >= taps or up >= taps for low, up, taps in zip(before, past, kernel, strict=True))
    if min(y) < 1 or outside or hollow:
        raise Unsupported("its windows do not fit")
    if kind == "avg inclusive" and ceiling and past != list(after):
        raise Unsupported("an average that counts padding and rounds up is not supported")
    return Window(kind, tuple(x), (x[0], x[1], *y), tuple(kernel), tuple(stride), before, tuple(past))


def extents(kernel: Sequence[int], dilation: Sequence[int]) -> list[int]:
    """Return the extent of a dilated kernel along each axis: ``extents([3], [2])`` is ``[5]``."""
    return [step * (taps - 1) + 1 for taps, step in zip(kernel, dilation, strict=True)]


def sides(
    size: Sequence[int], kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int], algorithm: str
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the padding before and after each axis. SAME puts an odd element after, as Paddle's operator does."""
    if algorithm == "VALID":
        return (0,) * len(size), (0,) * len(size)
    if algorithm == "SAME":
        totals = [max((-(-n // s) - 1) * s + k - n, 0) for n, k, s in zip(size, kernel, stride, strict=True)]
        return tuple(total // 2 for total in totals), tuple(total - total // 2 for total in totals)
    if len(padding) == len(size):
        return tuple(padding), tuple(padding)
    return tuple(padding[0::2]), tuple(padding[1::2])
