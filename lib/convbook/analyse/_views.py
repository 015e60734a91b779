"""Reshapes, slices and the like: no number moves, but the axes change their meaning."""
from itertools import pairwise
from math import prod
from operator import index as whole

import numpy as np

from convbook.analyse._trace import ONE


def same(x, *_, **__):
    """What changes no shape: contiguous, detach, to, float ..."""
    return x


def reshape(x, *shape):
    sizes = _listed(shape)
    if sizes.count(-1) == 1:
        known = -prod(sizes)
        if known and x.numel() % known == 0:
            sizes[sizes.index(-1)] = x.numel() // known
    if prod(sizes) != x.numel() or min(sizes, default=1) < 0:
        raise ValueError(f"{x.numel()} numbers of shape {x.shape} cannot take the shape {tuple(sizes)}")
    return x.view_of(sizes, _regrouped(x, sizes))


def flatten(x, start_dim=0, end_dim=-1):
    start, end = start_dim % x.ndim, end_dim % x.ndim + 1
    return reshape(x, *x.shape[:start], prod(x.shape[start:end]), *x.shape[end:])


def flatten_layer(x, start_dim=1, end_dim=-1):
    return flatten(x, start_dim, end_dim)


def unflatten(x, dim, sizes):
    dim = dim % x.ndim
    return reshape(x, *x.shape[:dim], *sizes, *x.shape[dim + 1:])


def permute(x, *dims):
    dims = _listed(dims)
    return x.view_of([x.shape[d] for d in dims], [x.spans[d] for d in dims])


def transpose(x, dim0, dim1):
    dims = list(range(x.ndim))
    dims[dim0], dims[dim1] = dims[dim1], dims[dim0]
    return permute(x, *dims)


def unsqueeze(x, dim):
    dim = dim % (x.ndim + 1)
    return x.view_of((*x.shape[:dim], 1, *x.shape[dim:]), (*x.spans[:dim], ONE, *x.spans[dim:]))


def squeeze(x, dim=None):
    wanted = range(x.ndim) if dim is None else [d % x.ndim for d in _listed((dim,))]
    kept = [d for d in range(x.ndim) if x.shape[d] != 1 or d not in wanted]
    return x.view_of([x.shape[d] for d in kept], [x.spans[d] for d in kept])


def expand(x, *shape):
    shape = _listed(shape)
    new = len(shape) - x.ndim
    return x.view_of([x.shape[d - new] if s == -1 else s for d, s in enumerate(shape)], [ONE] * new + list(x.spans))


def split(x, split_size_or_sections, dim=0):
    sizes = split_size_or_sections
    if isinstance(sizes, int):
        sizes = [min(sizes, x.shape[dim] - start) for start in range(0, x.shape[dim], sizes)]
    ends = np.cumsum([0, *sizes]).tolist()
    return tuple(_cut(x, dim, end - start) for start, end in pairwise(ends))


def chunk(x, chunks, dim=0):
    return split(x, -(-x.shape[dim] // chunks), dim)


def getitem(x, index):
    """Its shape is NumPy's, asked of an array that is a single number repeated."""
    items = index if isinstance(index, tuple) else (index,)
    items = tuple(item if item is None or item is Ellipsis or isinstance(item, slice | int) else np.asarray(item) for item in items)
    shape = np.broadcast_to(np.zeros((), bool), x.shape)[items].shape
    taken = sum(item is not None and item is not Ellipsis for item in items)
    spans, axes = [], iter(zip(x.shape, x.spans, strict=True))
    full = [slice(None)] * (x.ndim - taken)
    place = items.index(Ellipsis) if any(item is Ellipsis for item in items) else len(items)
    for item in [*items[:place], *full, *items[place + 1:]]:
        if item is None:
            spans.append(ONE)
            continue
        size, span = next(axes)
        if not isinstance(item, int):
            left = len(range(size)[item]) if isinstance(item, slice) else item.size
            spans.append(_shortened(span, size, left))
    if len(spans) != len(shape):
        raise ValueError(f"an index with several arrays has no rule in analyse, got {index!r}")
    return x.view_of(shape, spans)


def _cut(x, dim, left):
    dim = dim % x.ndim
    spans = list(x.spans)
    spans[dim] = _shortened(spans[dim], x.shape[dim], left)
    return x.view_of((*x.shape[:dim], left, *x.shape[dim + 1:]), spans)


def _shortened(span, size, left):
    """An axis that is only rows, or only columns, runs over as many as are left of it."""
    return tuple(left if extent == size else extent for extent in span)


def _listed(shape):
    """Sizes given one by one or as one list."""
    values = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple | list) else shape
    return [whole(v) for v in values]


def _regrouped(x, shape):
    """Spans after a reshape: axes that are joined run over all that they ran over.

    Both shapes are read from the left; where their products meet, a group of old axes has become a group of new ones.
    """
    spans, old, new = [], 0, 0
    while new < len(shape):
        first, start = old, new
        here, there = x.shape[old] if old < x.ndim else 1, shape[new]
        old, new = old + 1, new + 1
        while here != there:
            if here < there:
                here, old = here * x.shape[old], old + 1
            else:
                there, new = there * shape[new], new + 1
        if new == len(shape):
            old = x.ndim                        # ones that are left
        spans += _shared(x.spans[first:old], x.shape[first:old], shape[start:new])
    return spans


def _shared(spans, old, new):
    """The spans of one group: kept if it is the same axes, the image's again if it is unfolded, else all in each."""
    seen = [(size, span) for size, span in zip(old, spans, strict=True) if size != 1]
    if [size for size, _ in seen] == [size for size in new if size != 1]:
        rest = iter(seen)
        return [next(rest)[1] if size != 1 else ONE for size in new]
    rows, columns = prod(s[0] for s in spans), prod(s[1] for s in spans)
    if len(new) > 1 and tuple(new[-2:]) == (rows, columns):
        return [*[ONE] * (len(new) - 2), (rows, 1), (1, columns)]
    return [(rows, columns)] * len(new)
