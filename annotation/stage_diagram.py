"""The picture of the stages in PROTOCOL.md: `python -m annotation.stage_diagram`."""

from annotation.protocol import NEXT_STAGES, Stage


def stage_diagram() -> str:
    """The moves that one vote can make, and that of opening again, as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {Stage.EMOTION}"]
    for stage, following in NEXT_STAGES.items():
        lines += [f"    {stage} --> {other}" for other in Stage if other in following]
    lines += [f"    {stage} --> [*]" for stage in (Stage.LABELED, Stage.UNLABELED)]
    lines.append(f"    {Stage.UNLABELED} --> {Stage.EMOTION}: opened again, a new labeling")
    return "\n".join(lines)


if __name__ == "__main__":
    print(stage_diagram())
