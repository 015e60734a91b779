"""How a function becomes something that the tape (or torch.autograd) can record."""
from functools import wraps


def primitive(function, backward):
    """Join foo(x, ...) and foo_backward(grad_y, x, ...) to one call that gives both: (y, vjp).

    vjp(grad_y) is backward(grad_y, x, ...). For functions that keep nothing from the way there for the way back.
    """
    @wraps(function)
    def joined(*inputs, **options):
        return function(*inputs, **options), lambda grad_y: backward(grad_y, *inputs, **options)
    return joined
