"""Stochastic gradient descent and the three forms of momentum that papers use (chapter 8)."""
from convbook.numpy_nn.optim.optimizer import Optimizer, check_number, zeros


class SGD(Optimizer):
    """Against the gradient, with momentum: a heavy ball instead of a walker (Polyak 1964).

    params        Parameters, or dicts of them with their own options
    lr            learning rate
    momentum      mu, the share of its velocity v that the ball keeps in a step
    dampening     torch's form only: the gradient enters v with weight 1 - dampening, except at the first step
    weight_decay  lambda; lambda w is added to the gradient g first (L2 penalty, coupled)
    nesterov      look ahead: the gradient enters once more as if v had taken one step further (Sutskever et al. 2013)
    form          what v means; starts at 0
                  "torch"      v = mu v + g               w = w - lr v
                  "classical"  v = mu v - lr g            w = w + v        (AlexNet's form, Krizhevsky et al. 2012)
                  "average"    v = mu v + (1 - mu) g      w = w - lr v

    At a constant rate "classical" takes the steps of "torch", and "average" takes them at the rate lr / (1 - mu): torch's
    0.1 with momentum 0.9 is 1.0 there. When the rate changes, "torch" and "average" scale their whole velocity at once;
    in "classical" it was built from steps of the old rate and fades out only with mu.
    "average" is torch's dampening = momentum but for the first step, where torch does not dampen.

    Raises TypeError or ValueError for a number out of range and for options that do not go together. Chapter 8.
    """

    def __init__(self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, form="torch"):
        super().__init__(params, {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
                                  "nesterov": nesterov, "form": form})

    def _check(self, options):
        for name in ("lr", "weight_decay"):
            check_number(options, name)
        for name in ("momentum", "dampening"):
            check_number(options, name, highest=1)
        momentum, dampening, form = options["momentum"], options["dampening"], options["form"]
        if form not in ("torch", "classical", "average"):
            raise ValueError(f'form must be "torch", "classical" or "average", got {form!r}')
        if dampening and form != "torch":
            raise ValueError(f'dampening={dampening} belongs to form="torch", got form="{form}"; leave it at 0')
        if options["nesterov"] and (not momentum or dampening):
            raise ValueError(f"nesterov needs momentum and no dampening, got momentum={momentum}, dampening={dampening}")

    def _update(self, w, g, state, lr, momentum, dampening, weight_decay, nesterov,
                form):
        if weight_decay:
            g = g + weight_decay * w
        if not momentum:
            w -= lr * g
            return
        weight = {"torch": 1 - dampening if state else 1, "classical": -lr,
                  "average": 1 - momentum}[form]
        v = zeros(state, "momentum_buffer", w)
        v *= momentum
        v += weight * g
        step = momentum * v + weight * g if nesterov else v
        w += step if form == "classical" else -lr * step
