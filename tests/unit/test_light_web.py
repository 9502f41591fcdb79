"""The web process stays small: what trains and extracts is loaded by processes of its own."""

import subprocess
import sys

from config import state

HEAVY = ["torch", "sklearn", "scipy", "cv2", "onnxruntime", "transformers", "av", "moviepy"]
HEAVY += ["boto3", "botocore", "storages"]  # where media are in a folder
SCRIPT = """
import sys
import config.wsgi, config.urls
from training import extractors
extractors.listed()
loaded = sorted(set(sys.argv[1].split(",")) & {name.partition(".")[0] for name in sys.modules})
assert "training.api.run_views" in sys.modules and "baseline.run_folder" in sys.modules
print(",".join(loaded))
"""


def test_the_web_process_loads_nothing_that_trains_or_decodes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, ",".join(HEAVY)],
        cwd=state.CHECKOUT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
