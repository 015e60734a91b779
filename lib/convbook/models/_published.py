"""What others have written about a net, to hold our figures against."""
from typing import NamedTuple


class Published(NamedTuple):
    """Figures of one variant; None where nobody has published any.

    size             height and width of the images they are for
    parameters       exact if it is known exactly
    macs             multiply-accumulates of convolutions and linear layers for one image
    gmacs            the same in thousand millions, as they are printed: "4.089"; compared after rounding to these digits
    receptive_field  of the last map, pixels
    source           who says so
    note             why ours differ, if they do
    """

    size: int = 224
    parameters: int | None = None
    macs: int | None = None
    receptive_field: int | None = None
    source: str = ""
    note: str = ""
    gmacs: str | None = None
