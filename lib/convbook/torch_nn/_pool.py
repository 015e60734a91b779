"""What pooling is made of, on torch tensors: maxima, their places and sums of windows, and the way back to the pixels."""
from itertools import product

import torch


def maxima(x, rows, columns, with_indices):
    """The largest value of each window, (N, C, OH, OW), and if wanted which pixel of its map it is, else None."""
    y = x.new_full((*x.shape[:2], rows.places, columns.places), -torch.inf)
    if not with_indices:
        for at_y, at_x in _taps(rows, columns):
            y[at_y] = torch.maximum(y[at_y], x[at_x])
        return y, None
    pixel = torch.arange(rows.size * columns.size, device=x.device).unflatten(0, (rows.size, columns.size))
    down, along = (torch.tensor([slide.pixels(place)[0] for place in range(slide.places)], device=x.device) for slide in (rows, columns))
    indices = pixel[down[:, None], along].expand(y.shape).contiguous()      # the first pixel, should all be -inf
    for at_y, at_x in _taps(rows, columns):
        wins = (x[at_x] > y[at_y]) | x[at_x].isnan()
        indices[at_y] = torch.where(wins, pixel[at_x], indices[at_y])
        y[at_y] = torch.maximum(y[at_y], x[at_x])
    return y, indices


def _taps(rows, columns):
    for (down, at_rows), (along, at_columns) in product(rows.taps(), columns.taps()):
        yield (..., down, along), (..., at_rows, at_columns)


def send_back(grad_y, indices, H, W):
    """Add each gradient to the pixel that its index names: several windows may have chosen the same one."""
    grad_x = grad_y.new_zeros(*grad_y.shape[:2], H * W)
    return grad_x.scatter_add_(2, indices.flatten(2), grad_y.flatten(2)).unflatten(2, (H, W))


def sums(x, rows, columns):
    """The sum of every window, (N, C, OH, OW): down the rows, then along the columns. Halves are summed as float32."""
    dtype, (N, C, _, W) = torch.promote_types(x.dtype, torch.float32), x.shape
    tall = x.new_zeros(N, C, rows.places, W, dtype=dtype)
    for places, pixels in rows.taps():
        tall[:, :, places] += x[:, :, pixels]
    y = x.new_zeros(N, C, rows.places, columns.places, dtype=dtype)
    for places, pixels in columns.taps():
        y[..., places] += tall[..., pixels]
    return y


def spread(grad_sums, rows, columns):
    """The adjoint of sums: the same steps from last to first, every += from the places to the pixels."""
    N, C, OH, _ = grad_sums.shape
    tall = grad_sums.new_zeros(N, C, OH, columns.size)
    for places, pixels in columns.taps():
        tall[..., pixels] += grad_sums[..., places]
    grad_x = grad_sums.new_zeros(N, C, rows.size, columns.size)
    for places, pixels in rows.taps():
        grad_x[:, :, pixels] += tall[:, :, places]
    return grad_x
