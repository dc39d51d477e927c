"""The pruning options that the reference scripts share, spelt as Coppice's command line spells them."""

import argparse


def parser(doc):
    result = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument("--criterion", default="l1", choices=["l1", "l2"])
    result.add_argument("--granularity", default="unstructured", help="unstructured, N:M, block:RxC, row or column")
    result.add_argument("--allocate", default="uniform", choices=["uniform", "row-uniform", "global"])
    result.add_argument("--sparsity", type=float, default=0.5)
    return result
