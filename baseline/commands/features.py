"""`features STORE…`: what feature sets hold; `--verify` reads them whole."""

import argparse
from pathlib import Path

from baseline.commands.common import Say
from baseline.stores import FeatureStore


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stores", metavar="STORE", type=Path, nargs="+")
    parser.add_argument(
        "--verify", action="store_true", help="read every byte and compare with the digest"
    )


def run(arguments: argparse.Namespace, say: Say) -> int:
    for done, folder in enumerate(arguments.stores, start=1):
        store = FeatureStore.open(folder, verify=arguments.verify)
        text = described(store, verified=arguments.verify)
        if say.lines:
            say(
                done,
                len(arguments.stores),
                "feature_set",
                text,
                features=store.name,
                modality=store.modality,
                dimension=store.dimension,
                clips=len(store.names),
                empty=int(store.empty.sum()),
                digest=store.digest,
                recipe=store.recipe,
            )
        say.end(text)
    return 0


def described(store: FeatureStore, *, verified: bool) -> str:
    """A block of lines for a person."""
    lines = [
        f"{store.folder}",
        f"  name       {store.name}",
        f"  modality   {store.modality}",
        f"  dimension  {store.dimension}",
        f"  clips      {len(store.names)} ({int(store.empty.sum())} empty)",
        f"  source     {store.source}",
        f"  made at    {store.made_at}",
        f"  digest     {store.digest}{' (verified)' if verified else ''}",
        f"  recipe     {store.recipe_id}",
    ]
    lines += [f"    {key}: {value}" for key, value in store.recipe.items()]
    return "\n".join(lines)
