"""Sums, products and reshapings that Tensors take part in, each with its way back (chapter 7)."""
import numpy as np


class Operators:
    """What a Tensor can do as a number and as an array; the names are torch's."""

    data: np.ndarray
    __array_ufunc__ = None      # NumPy's arrays leave `array * tensor` to the Tensor

    shape = property(lambda self: self.data.shape)
    dtype = property(lambda self: self.data.dtype)
    ndim = property(lambda self: self.data.ndim)

    def _apply(self, primitive, *inputs, **options):
        raise NotImplementedError("the tape says how a primitive is applied")

    def __add__(self, other):
        return self._apply(_add, other)

    def __mul__(self, other):
        return self._apply(_multiply, other)

    def __sub__(self, other):
        return self + -other

    def __truediv__(self, other):
        return self * other ** -1.0 if isinstance(other, Operators) else self * (1.0 / other)

    def __rsub__(self, other):
        return -self + other

    def __rtruediv__(self, other):
        return self ** -1.0 * other

    def __neg__(self):
        return self * -1.0

    def __pow__(self, exponent):
        return self._apply(_power, exponent)

    def __matmul__(self, other):
        return self._apply(_matmul, other)

    def __getitem__(self, index):
        return self._apply(_getitem, index)

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        return self._apply(_exp)

    def log(self):
        return self._apply(_log)

    def sqrt(self):
        return self ** 0.5

    def sum(self, dim=None, keepdim=False):
        return self._apply(_sum, dim, keepdim)

    def mean(self, dim=None, keepdim=False):
        axes = range(self.ndim) if dim is None else (dim,) if isinstance(dim, int) else dim
        return self.sum(dim, keepdim) * (1.0 / int(np.prod([self.shape[axis] for axis in axes])))

    def reshape(self, *shape):
        return self._apply(_reshape, *shape)

    view = reshape

    def flatten(self, start_dim=0, end_dim=-1):
        end = end_dim % self.ndim + 1
        return self.reshape(*self.shape[:start_dim], int(np.prod(self.shape[start_dim:end])), *self.shape[end:])

    def permute(self, *dims):
        return self._apply(_permute, *dims)

    def transpose(self, dim0, dim1):
        dims = list(range(self.ndim))
        dims[dim0], dims[dim1] = dims[dim1], dims[dim0]
        return self.permute(*dims)

    def size(self, dim=None):
        return self.shape if dim is None else self.shape[dim]

    def item(self):
        return self.data.item()

    def numpy(self):
        return self.data

    def __len__(self):
        return len(self.data)

    def __float__(self):
        return float(self.data)


def _add(x, other):
    y = x + _like(x, other)
    return y, lambda grad_y: (_shrink(grad_y, x), _shrink(grad_y, other))


def _multiply(x, other):
    factor = _like(x, other)
    return x * factor, lambda grad_y: (_shrink(grad_y * factor, x), _shrink(grad_y * x, other) if factor is other else None)


def _power(x, exponent):
    y = x ** exponent
    return y, lambda grad_y: grad_y * (exponent * x ** (exponent - 1))


def _matmul(x, other):
    def vjp(grad_y):
        if min(x.ndim, other.ndim) < 2:
            raise ValueError("the way back of @ needs matrices, "
                             f"got shapes {x.shape} and {other.shape}; use reshape")
        grad_x = grad_y @ other.swapaxes(-1, -2)
        grad_other = x.swapaxes(-1, -2) @ grad_y
        return _shrink(grad_x, x), _shrink(grad_other, other)
    return x @ other, vjp


def _exp(x):
    y = np.exp(x)
    return y, lambda grad_y: grad_y * y


def _log(x):
    return np.log(x), lambda grad_y: grad_y / x


def _sum(x, dim=None, keepdim=False):
    def vjp(grad_y):
        if dim is not None and not keepdim:
            grad_y = np.expand_dims(grad_y, dim)
        return np.broadcast_to(grad_y, x.shape)
    return np.asarray(x.sum(axis=tuple(dim) if isinstance(dim, list) else dim, keepdims=keepdim)), vjp


def _reshape(x, *shape):
    return x.reshape(*shape), lambda grad_y: grad_y.reshape(x.shape)


def _permute(x, *dims):
    dims = tuple(dims[0]) if isinstance(dims[0], tuple | list) else dims
    return x.transpose(*dims), lambda grad_y: grad_y.transpose(*np.argsort(dims))


def _getitem(x, index):
    def vjp(grad_y):
        grad_x = np.zeros(x.shape, x.dtype)
        if any(isinstance(part, np.ndarray | list) for part in (index if isinstance(index, tuple) else (index,))):
            np.add.at(grad_x, index, grad_y)        # an index array may name a place twice
        else:
            grad_x[index] = grad_y
        return grad_x
    return x[index], vjp


def _cat(*arrays, dim=0):
    """Join arrays along one axis; the gradient is cut apart where they were joined."""
    ends = np.cumsum([array.shape[dim] for array in arrays])[:-1]
    return np.concatenate(arrays, axis=dim), lambda grad_y: tuple(np.split(grad_y, ends, axis=dim))


def _zero_pad2d(x, padding):
    """Zeros (left, right, top, bottom) around an image; the gradient is cut out of its frame. Negative numbers swap the two."""
    left, right, top, bottom = padding
    H, W = x.shape[-2:]
    y = np.zeros((*x.shape[:-2], top + H + bottom, left + W + right), x.dtype)
    kept = (..., slice(max(-top, 0), H - max(-bottom, 0)), slice(max(-left, 0), W - max(-right, 0)))
    place = (..., slice(max(top, 0), y.shape[-2] - max(bottom, 0)), slice(max(left, 0), y.shape[-1] - max(right, 0)))
    y[place] = x[kept]

    def vjp(grad_y):
        grad_x = np.zeros_like(x)
        grad_x[kept] = grad_y[place]
        return grad_x
    return y, vjp


def _like(x, other):
    """A Python number takes the dtype of the array it meets."""
    return other if isinstance(other, np.ndarray) else np.asarray(other, x.dtype)


def _shrink(gradient, x):
    """Add up a gradient over the axes along which x was repeated."""
    if not isinstance(x, np.ndarray):           # a plain number wants none
        return None
    shape = x.shape
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    repeated = tuple(k for k, size in enumerate(shape) if size == 1 != gradient.shape[k])
    return gradient.sum(axis=repeated, keepdims=True) if repeated else gradient
