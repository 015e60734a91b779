"""Optimisers with a rate for every single weight: RMSprop, Adam, AdamW (chapter 8)."""
import numpy as np

from convbook.numpy_nn.optim.optimizer import Optimizer, check_number, zeros


class RMSprop(Optimizer):
    """Divide every gradient by its own recent size (Tieleman and Hinton 2012).

    params        Parameters, or dicts of them with their own options
    lr            learning rate
    alpha         share of the old mean of squares that is kept in a step
    eps           keeps the divisor from 0; outside the root
    weight_decay  lambda; lambda w is added to the gradient first (coupled)
    momentum      mu; the divided gradients are summed up as in SGD's form "torch"
    centered      divide by the standard deviation instead: the squared mean is subtracted (Graves 2013)

    Raises TypeError or ValueError for a number out of range. Chapter 8.
    """

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False):
        super().__init__(params, {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay,
                                  "momentum": momentum, "centered": centered})

    def _check(self, options):
        for name in ("lr", "eps", "weight_decay"):
            check_number(options, name)
        for name in ("alpha", "momentum"):
            check_number(options, name, highest=1)

    def _update(self, w, g, state, lr, alpha, eps, weight_decay, momentum, centered):
        if weight_decay:
            g = g + weight_decay * w
        square = zeros(state, "square_avg", w)
        square *= alpha
        square += (1 - alpha) * g * g
        spread = square
        if centered:
            mean = zeros(state, "grad_avg", w)
            mean += (1 - alpha) * (g - mean)
            spread = np.maximum(square - mean * mean, 0)    # rounding can make it negative
        step = g / (np.sqrt(spread) + eps)
        if momentum:
            v = zeros(state, "momentum_buffer", w)
            v *= momentum
            v += step
            step = v
        w -= lr * step


class Adam(Optimizer):
    """Momentum divided by the recent size of the gradient, both freed of their start at 0 (Kingma and Ba 2015).

    params        Parameters, or dicts of them with their own options
    lr            learning rate: about the step of every weight
    betas         shares of the old mean of gradients m and of the old mean of squares s that are kept in a step
    eps           keeps the divisor from 0; outside the root
    weight_decay  lambda; lambda w is added to the gradient first (coupled: the divisor shrinks it too, see AdamW)

    m = beta1 m + (1 - beta1) g, s = beta2 s + (1 - beta2) g^2, both from 0. After t steps m holds only the share
    1 - beta1^t of a mean, so it is divided by that (the bias correction), and s likewise:
    w = w - lr (m / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + eps)

    Raises TypeError or ValueError for a number out of range. Chapter 8.
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def _check(self, options):
        for name in ("lr", "eps", "weight_decay"):
            check_number(options, name)
        betas = options["betas"]
        if not isinstance(betas, (tuple, list)) or len(betas) != 2:
            raise TypeError(f"betas must be a pair of numbers, got {betas!r}")
        options["betas"] = tuple(betas)
        check_number(options, "betas", below=1)
        options["betas"] = tuple(map(float, betas))

    def _update(self, w, g, state, lr, betas, eps, weight_decay):
        if weight_decay:
            g = g + weight_decay * w
        t = state["step"] = state.get("step", 0) + 1
        mean, square = zeros(state, "exp_avg", w), zeros(state, "exp_avg_sq", w)
        for average, value, beta in ((mean, g, betas[0]), (square, g * g, betas[1])):
            average *= beta
            average += (1 - beta) * value
        size = np.sqrt(square / (1 - betas[1] ** t)) + eps
        w -= lr / (1 - betas[0] ** t) * mean / size


class AdamW(Adam):
    """Adam whose weight decay is decoupled: w shrinks by lr lambda whatever its gradient (Loshchilov and Hutter 2019).

    Arguments as Adam's, but weight_decay is 1e-2.
    Raises what Adam raises. Chapter 8.
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, lr, betas, eps, weight_decay)

    def _update(self, w, g, state, lr, betas, eps, weight_decay):
        w *= 1 - lr * weight_decay
        super()._update(w, g, state, lr, betas, eps, weight_decay=0)
