"""Augmentations, written out: pictures changed so that their class stays, drawn anew every time they are seen (chapter 11).

    rng = np.random.default_rng(0)
    x = augment.flip(augment.pad_and_crop(x, 4, rng), rng)

All take NumPy batches (N, C, H, W), treat every image by a draw of its own, leave their input as it is and keep its dtype.
Chance and pixels are apart: one function draws, another changes the pixels by what was drawn.

    augmentation           draws             changes
    pad_and_crop           random_places     crop
    flip                   random_flips      flip_chosen
    random_resized_crop    random_boxes      resized_crop
    pca_colour             random_amounts    add_colours       (colour_pca finds the directions)
    colour_jitter          random_factors    scale_colours
    mixup                  random_shares     mix               (and a permutation: who is mixed with whom)
    ten_crop               nothing: it is for testing
"""
from convbook.augment._boxes import random_boxes, random_resized_crop, resized_crop
from convbook.augment._colour import add_colours, colour_jitter, colour_pca, pca_colour, random_amounts, random_factors, scale_colours
from convbook.augment._crops import crop, flip, flip_chosen, pad_and_crop, random_flips, random_places, ten_crop
from convbook.augment._mix import mix, mixup, random_shares

__all__ = ["add_colours", "colour_jitter", "colour_pca", "crop", "flip", "flip_chosen", "mix", "mixup", "pad_and_crop", "pca_colour",
           "random_amounts", "random_boxes", "random_factors", "random_flips", "random_places", "random_resized_crop", "random_shares",
           "resized_crop", "scale_colours", "ten_crop"]
