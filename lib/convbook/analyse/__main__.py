"""python -m convbook.analyse resnet50: one net, layer by layer. With --all: every net beside its published figures."""
import sys
from argparse import ArgumentParser

from convbook import models
from convbook.analyse._published import all_nets, analysed


def main(arguments=None) -> int:
    """Returns the exit code: 1 if a difference is not explained, 2 for a net or a size that does not exist."""
    parser = ArgumentParser("python -m convbook.analyse", description="What a net costs, from its shapes alone.")
    parser.add_argument("net", nargs="?", help="a name of convbook.models.names()")
    parser.add_argument("--all", action="store_true", help="all nets beside the published figures")
    parser.add_argument("--stages", action="store_true", help="stem, stages and head instead of every layer")
    parser.add_argument("--size", type=int, help="height and width of the image; without it the paper's")
    given = parser.parse_args(arguments)
    if given.all == bool(given.net):
        parser.error("give the name of one net, or --all")
    if given.all:
        text, explained = all_nets(models.names())
        print(text)
        return 0 if explained else 1
    try:
        file = models.file_of(given.net)
        analysis = analysed(given.net, given.size)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{given.net}: {file.__doc__.splitlines()[0]}\n")
    print(analysis.table(rows=analysis.stages() if given.stages else None))
    return 0


if __name__ == "__main__":
    sys.exit(main())
