"""The field in years: what came when, which problem it solved, where the course tells it. One table, drawn and told."""
from typing import NamedTuple

from matplotlib.lines import Line2D

from convbook.analyse._published import analysed
from convbook.figures._draw import GREY, SMALL, WIDTH, Picture, house_style, number, with_alt

__all__ = ["told", "years"]

LATER = {"17_after_resnet": "after ResNet", "18_efficient_nets": "efficient nets", "19_convnext": "ConvNeXt"}      # announced, not written


class Event(NamedTuple):
    """One row.

    year      when it became known; its paper may be printed a year later
    name      as it is drawn
    paper     key in references.bib
    chapter   where the course tells it: a page, or a key of LATER
    solved    the problem and the answer, one sentence
    kind      "net" or "idea"
    model     the variant of convbook.models that stands for it, or None
    """

    year: int
    name: str
    paper: str
    chapter: str
    solved: str
    kind: str = "net"
    model: str | None = None


EVENTS = (
    Event(1962, "simple and complex cells", "hubel1962", "02_local_and_shared",
          "How does seeing begin? In the cat's visual cortex, with cells that answer to an edge in one small patch of the view, "
          "and others that answer wherever in their patch it lies.", "idea"),
    Event(1980, "Neocognitron", "fukushima1980", "12_lenet",
          "How to recognise a pattern wherever it stands: planes of cells with shared weights find features, and the next layer "
          "blurs where they were. It learned without a gradient."),
    Event(1986, "backpropagation", "rumelhart1986", "07_backpropagation",
          "Nobody can say what a hidden unit should answer; the chain rule, walked backwards, says how each weight should change.", "idea"),
    Event(1989, "TDNN", "waibel1989", "12_lenet",
          "A spoken sound begins at no exact moment, so the same weights look at every stretch of time, trained by backpropagation."),
    Event(1989, "LeNet for zip codes", "lecun1989", "12_lenet",
          "Features for reading digits were made by hand; here shared 5×5 filters are learned from raw pixels by backpropagation."),
    Event(1998, "LeNet-5", "lecun1998", "12_lenet",
          "A reader of digits good enough for bank cheques: convolution and subsampling in turn, trained as one.", "net", "lenet5_1998"),
    Event(2009, "ImageNet", "deng2009", "13_alexnet",
          "Methods were compared on a few thousand pictures of a few things; now there were millions of photographs, sorted by the "
          "nouns of WordNet.", "idea"),
    Event(2010, "initial weights", "glorot2010", "09_initialisation_and_normalisation",
          "Signals died out on the way through deep nets; weights of the right spread at the start keep them at one size.", "idea"),
    Event(2011, "rectifiers", "glorot2011", "06_activations_and_losses",
          "Units that saturate pass on almost no gradient; max(0, x) does not saturate, and deep nets train without a first "
          "round of learning without labels.", "idea"),
    Event(2012, "dropout", "hinton2012dropout", "10_dropout",
          "Large nets learn their training images by heart; units that are left out at random cannot lean on each other.", "idea"),
    Event(2012, "AlexNet", "krizhevsky2012", "13_alexnet",
          "A thousand classes of photographs were too much for features made by hand; a net of LeNet's kind with a thousand times "
          "as many weights, on two graphics cards, was far ahead of them.", "net", "alexnet"),
    Event(2013, "ZFNet", "zeiler2014", "13_alexnet",
          "Why does AlexNet work, and where does it not? Pictures of what its maps answer to showed first filters that were too coarse.",
          "net", "zfnet"),
    Event(2013, "NIN", "lin2014", "15_inception",
          "A filter can only weigh and add what it sees; a small net that slides, made of 1×1 convolutions, can do more, and means of "
          "maps replace the large linear layers.", "net", "nin_imagenet"),
    Event(2014, "VGG", "simonyan2015", "14_vgg",
          "Filters of many sizes left too much to choose; with 3×3 everywhere only depth is left, and more depth was better.",
          "net", "vgg16"),
    Event(2014, "GoogLeNet", "szegedy2015", "15_inception",
          "Depth and width cost more than one can pay; filters of several sizes side by side behind 1×1 convolutions cost a fraction.",
          "net", "googlenet"),
    Event(2014, "Adam", "kingma2015", "08_optimisation",
          "One learning rate does not suit every weight; steps are divided by how large each weight's gradients usually are.", "idea"),
    Event(2015, "batch norm", "ioffe2015", "09_initialisation_and_normalisation",
          "While a layer learns, the scale of what it gets keeps changing; each channel is brought back to mean 0 and variance 1.",
          "idea", "inception_v2"),
    Event(2015, "Inception v3", "szegedy2016", "15_inception",
          "Large filters were still dear; they are taken apart into 3×3, and into 1×7 and 7×1.", "net", "inception_v3"),
    Event(2015, "ResNet", "he2016", "16_resnet",
          "Beyond some twenty layers plain nets got worse, on their training images too; blocks that only learn what to add made "
          "152 layers train.", "net", "resnet152"),
    Event(2016, "Inception v4", "szegedy2017", "15_inception",
          "Does an Inception net need shortcuts? Two nets of equal cost end equally well; the one with shortcuts learns faster.",
          "net", "inception_v4"),
    Event(2016, "pre-activation", "he2016identity", "16_resnet",
          "A rectifier after each sum stood in the shortcut's way; with norm and rectifier before the convolutions 1001 layers train.",
          "net", "preresnet1001_cifar"),
    Event(2016, "SqueezeNet", "iandola2016", "18_efficient_nets",
          "AlexNet's weights fill a small device; most 3×3 filters become 1×1, and as few weights as a fiftieth do as well.",
          "net", "squeezenet1_0"),
    Event(2016, "stochastic depth", "huang2016", "17_after_resnet",
          "Very deep nets are slow to train; leave out blocks at random while training, use all of them afterwards.", "idea",
          "resnet110_stochastic"),
    Event(2016, "Wide ResNet", "zagoruyko2016", "17_after_resnet",
          "A thousand thin layers compute slowly; a few wide ones are as good and fit a graphics card better.",
          "net", "wide_resnet28_10_cifar"),
    Event(2016, "FractalNet", "larsson2017", "17_after_resnet",
          "Must a very deep net have shortcuts? Paths of many lengths beside each other, joined by their mean, train too.",
          "net", "fractalnet20"),
    Event(2016, "DenseNet", "huang2017", "17_after_resnet",
          "Layers learn again what earlier ones knew; here each sees the maps of all before it and adds a few of its own.",
          "net", "densenet121"),
    Event(2016, "ResNeXt", "xie2017", "17_after_resnet",
          "Wider or deeper are not the only ways to grow: many thin equal paths in a block are better at equal cost.",
          "net", "resnext50_32x4d"),
    Event(2017, "MobileNet", "howard2017", "18_efficient_nets",
          "A phone has little time and battery; one filter a map, then a 1×1 mix, cost an eighth to a ninth.", "net", "mobilenet_v1"),
    Event(2017, "NASNet", "zoph2018", "18_efficient_nets",
          "Must people design the blocks? A search on small images finds a cell, and large nets are built of its copies.",
          "net", "nasnet_a_large"),
    Event(2017, "SENet", "hu2018", "18_efficient_nets",
          "All channels counted alike, whatever the picture; a small side net weighs them by what the whole image shows.",
          "net", "seresnet50"),
    Event(2018, "MobileNetV2", "sandler2018", "18_efficient_nets",
          "Wide maps between blocks are dear and thin ones lose what a rectifier cuts off; so: thin between, wide inside, no "
          "rectifier at the end.", "net", "mobilenet_v2"),
    Event(2019, "MobileNetV3", "howard2019", "18_efficient_nets",
          "Few multiplications are not yet little time; a search for what a phone computes quickly, mended by hand.",
          "net", "mobilenet_v3_large"),
    Event(2019, "EfficientNet", "tan2019", "18_efficient_nets",
          "Growing depth, width or resolution alone soon stops paying; grow all three in one proportion.", "net", "efficientnet_b0"),
    Event(2022, "ConvNeXt", "liu2022", "19_convnext",
          "Had transformers made convolution old? A ResNet with their training and proportions, changed step by step, is as good.",
          "net", "convnext_tiny"),
    Event(2023, "ConvNeXt V2", "woo2023", "19_convnext",
          "Learning from images that are mostly covered left many of its channels dead; a norm over the whole map makes them compete.",
          "net", "convnext_v2_tiny"),
)
ROW, FROM, UNTIL = 0.2, 1960, 2025


def years(events=EVENTS):
    """The events as marks over an axis of years, one a line; squares are ideas, hollow marks and slanted names come later in the course.

    events    rows, in the order of their years
    returns   Figure; the number beside a name is its chapter

    The timeline page.
    """
    with house_style():
        figure = Picture(figsize=(WIDTH, ROW * len(events) + 0.62))
        figure.set_layout_engine("none")
        high = figure.get_figheight()
        axis = figure.add_axes((0.03, 0.3 / high, 0.94, ROW * len(events) / high))
        axis.set(xlim=(FROM, UNTIL), ylim=(len(events) - 0.5, -0.5), yticks=[])
        axis.spines["left"].set_visible(False)
        axis.set_xticks(range(FROM, UNTIL, 10))
        axis.vlines(range(FROM, UNTIL, 10), -0.5, len(events) - 0.5, color="#DDDDDD", linewidth=0.8, zorder=0)
        for row, event in enumerate(events):
            later = event.chapter in LATER
            axis.plot(event.year, row, "o" if event.kind == "net" else "s", color=GREY if later else "black",
                      markerfacecolor="white" if later else "black", clip_on=False)
            right = event.year < (FROM + UNTIL) / 2 + 10
            axis.annotate(_label(event), (event.year, row), (7 if right else -7, 0), textcoords="offset points", va="center_baseline",
                          ha="left" if right else "right", fontsize=SMALL, color=GREY if later else "black",
                          fontstyle="italic" if later else "normal")
        figure.text(0.03, 1 - 0.17 / high, f"{len(events)} steps in {events[-1].year - events[0].year} years, and the chapter of each",
                    fontsize=13, va="center")
        marks = [Line2D([], [], linestyle="", marker=mark, color=GREY, markerfacecolor=face, label=text) for mark, face, text in
                 [("o", GREY, "a net"), ("s", GREY, "an idea, or data"), ("o", "white", "a later chapter")]]
        axis.legend(handles=marks, loc="lower left", bbox_to_anchor=(0.02, 0.02), handletextpad=0.2)
    told_in = ["a later chapter" if event.chapter in LATER else f"chapter {_number(event)}" for event in events]
    words = [f"{event.year} {event.name}, {where}" for event, where in zip(events, told_in, strict=True)]
    return with_alt(figure, f"{len(events)} events on an axis of years from {FROM} to {UNTIL}, one a line, from the oldest down: "
                            f"{'; '.join(words)}.")


def told(first, last, events=EVENTS):
    """The events of some years as a list in Markdown: year and name, what was solved, paper, parameters, chapter.

    first, last   years, both included
    """
    lines = []
    for event in events:
        if first <= event.year <= last:
            size = f" `{event.model}` has {number(analysed(event.model).parameters)} parameters." if event.model else ""
            said = event.solved.removesuffix(".")
            where = f"*A later chapter: {LATER[event.chapter]}.*" if event.chapter in LATER else f"Told in {{doc}}`{event.chapter}`."
            lines.append(f"- **{event.year}, {event.name}.** {said} {{cite}}`{event.paper}`.{size} {where}")
    return "\n".join(lines)


def _label(event):
    return event.name if event.chapter in LATER else f"{event.name} · {_number(event)}"


def _number(event):
    return int(event.chapter[:2])
