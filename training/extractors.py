"""What the page proposes to extract features by."""

from typing import Any

from baseline.extracting import catalog


def listed() -> list[dict[str, Any]]:
    """Every extractor, and why it cannot be used here, if so."""
    found = []
    for kind, each in catalog.CATALOG.items():
        fault = each.available()
        why = fault and {"code": fault.code, "detail": fault.text, "params": fault.params}
        found.append(
            {
                "kind": kind,
                "modality": each.modality,
                "needs": each.needs,
                "takes_model": each.takes_model,
                "default_layers": each.default_layers,
                "default_pooling": each.default_pooling,
                "default": each.default,
                "available": fault is None,
                "why": why,
            }
        )
    return found
