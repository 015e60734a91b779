"""Figures of the chapters: pure functions that return a matplotlib Figure, drawn in the house style.

functions   curves: activations, losses, softmax temperature, a finite difference
training    a run: learning curves, confusions, learning rates, paths on a loss surface
layers      from layer to layer: the size of gradients, the spread of activations
data        examples with their classes, what an augmentation makes of a photograph
filters     pictures: filters, feature maps, predictions, what excites a channel
nets        a net from its layers, a block from its combinators
story       the chart that grows: error, parameters, MACs and memory of the course's nets
timeline    the field in years, drawn and told from one table
landing     nets drawn to one scale, a photograph through a filter

These draw on a Picture, which pyplot does not know: a cell shows it when it is the cell's last value, without a semicolon.
Each carries an `alt_text` made from its data; `check(figure)` says what a reader would stumble over.
"""
from convbook.figures._check import check
from convbook.figures._draw import Picture, house_style, with_alt

__all__ = ["Picture", "check", "house_style", "with_alt"]
