"""Pictures side by side: the sheet on which filters, feature maps and photographs are laid out."""
from convbook.figures._draw import SMALL, WIDTH, finite, fit, sheet, text_width

LINE, GAP, TOP = 0.2, 0.08, 0.36                        # inches: a line of text, between tiles, for the heading


def checked_images(images):
    """Images as an array (N, C, H, W) of finite numbers in 0 ... 1 with 1 or 3 channels. Raises ValueError if they are not."""
    images = finite("images", images, 4)
    if images.shape[1] not in (1, 3):
        raise ValueError(f"images must have 1 or 3 channels, got {images.shape[1]}")
    if images.min() < 0 or images.max() > 1:
        raise ValueError(f"pixels must lie in 0 ... 1, got {images.min():g} to {images.max():g}; undo the normalisation first")
    return images


def tiles(images, heading, columns, left=None, above=None, below=0):
    """Images (N, C, H, W) in 0 ... 1 in rows, drawn in inches on one sheet.

    left    texts at the left of the rows; above: a list of lines for each image; below: lines to leave free under each
    returns figure, [(x, bottom, width, height)] of the images
    """
    count, _, H, W = images.shape
    columns = min(columns, count)
    margin = max((min(1.4, 0.12 + max(map(text_width, left))) if left else 0.0), 0.02)
    side = min((WIDTH - margin) / columns - GAP, 1.7)
    tall = side * H / W
    head = LINE * len(above[0]) + 0.03 if above else 0.0
    pitch = head + tall + GAP + (LINE * below + 0.1 if below else 0.0)
    rows = -(-count // columns)
    figure, axis = sheet(WIDTH, TOP + rows * pitch)
    axis.text(0.02, TOP / 2, fit(heading, WIDTH - 0.05, 13), fontsize=13, ha="left", va="center")
    boxes = []
    for k, image in enumerate(images):
        x, y = margin + (k % columns) * (side + GAP), TOP + (k // columns) * pitch + head
        if above:
            for line, text in enumerate(above[k]):
                axis.text(x, y - head + LINE * (line + 0.5), fit(text, side), fontsize=SMALL, ha="left", va="center")
        pixels = image.transpose(1, 2, 0) if len(image) == 3 else image[0]
        axis.imshow(pixels, extent=(x, x + side, y + tall, y), cmap="gray", vmin=0, vmax=1, aspect="auto")
        if left and k % columns == 0:
            axis.text(0.02, y + tall / 2, fit(left[k // columns], margin - 0.06), fontsize=SMALL, ha="left", va="center")
        boxes.append((x, y + tall, side, tall))
    axis.set(xlim=(0, WIDTH), ylim=(TOP + rows * pitch, 0))             # imshow moved the limits
    return figure, boxes
