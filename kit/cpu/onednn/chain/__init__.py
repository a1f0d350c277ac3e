"""Consecutive layers, computed without a copy to Paddle's order between them.

oneDNN computes fastest on memory whose channels are blocked (:mod:`kit.cpu.onednn.memory`). Operators called one by one
copy every tensor to that order and back. A chain of layers copies at its two ends only, and does more in one pass: it
applies ReLU while a convolution or a batch normalization writes its result.

While oneDNN's operators are installed, ``paddle.nn.Sequential`` computes such layers as chains: :mod:`sequential` finds
them, :mod:`layers` describes each layer, :mod:`stages` and :mod:`batch_norm` compute it, and :mod:`chain` makes the
stages one operation of Paddle's graph. Everything else is called as always.
"""
