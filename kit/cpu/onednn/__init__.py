"""oneDNN's operators in place of Paddle's own on a CPU, from the oneDNN library inside Paddle's wheel.

In the order of a call: :mod:`patch_paddle` replaces Paddle's operators by the wrappers of :mod:`operators`; a wrapper
asks :mod:`coverage` whether oneDNN may compute the call and :mod:`shapes` for its geometry; :mod:`convolution`,
:mod:`pooling` and :mod:`pointwise` compute it with :mod:`primitive` and :mod:`memory`; :mod:`node` records it in
Paddle's graph for the backward pass. :mod:`library` is the C API.

:mod:`chain` computes consecutive layers of a ``paddle.nn.Sequential`` as one operation. The gradients of
:mod:`reductions` come from NumPy.
"""
