"""One line of figures: printed, and with --record kept in bench/RESULTS.md under its heading."""

import argparse
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent.parent / "RESULTS.md"


def parser(description: str | None) -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(description=description)
    found.add_argument("--record", action="store_true", help=f"keep the line in {RESULTS.name}")
    return found


def report(heading: str, figures: str, *, record: bool) -> None:
    """Print the line, with the day and the machine."""
    line = f"{datetime.now(UTC).date()}, {machine()}: {figures}"
    print(f"{heading}: {line}", flush=True)
    if record:
        text = RESULTS.read_text()
        title = f"## {heading}\n"
        if title not in text:
            text = f"{text.rstrip()}\n\n{title}\n"
        before, _, after = text.partition(title)
        section, mark, rest = after.partition("\n## ")
        RESULTS.write_text(f"{before}{title}{section.rstrip()}\n- {line}\n{mark}{rest}")


def machine() -> str:
    """What it ran on, and how busy it is: two of four cores are slower beside others' work."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cores = f"{len(os.sched_getaffinity(0))} of {os.cpu_count()} cores"
    return f"{cores} of {names[0] if names else os.uname().machine}, load {os.getloadavg()[0]:.1f}"


def spread(seconds: Sequence[float]) -> str:
    """Median, 95th percentile and maximum in milliseconds."""
    figures = (quantile(seconds, 0.5), quantile(seconds, 0.95), max(seconds))
    return "/".join(f"{figure * 1000:.0f}" for figure in figures) + " ms"


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
