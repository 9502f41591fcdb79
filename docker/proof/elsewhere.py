"""Workers on a second machine: DATABASE_URL, BROKER_URL and the media are all they get."""

import shutil
from pathlib import Path

from docker.proof import corpora
from docker.proof.points import Points, wait_until
from docker.proof.site import Site, run

# On the host's network, as the first machine's here.
HOSTED = """services:
  worker: {network_mode: host, init: false, logging: !reset null}
  training: {network_mode: host, init: false, logging: !reset null}
"""
SERVICES = ("worker", "training")
SECRETS = ("database_password", "broker_password")


def work(site: Site, points: Points) -> None:
    """The first machine's workers rest while those of the second import films and extract."""
    second = Second(site)
    site.compose("stop", *SERVICES)
    try:
        second.compose("up", "-d", "--no-build")
        for service in SERVICES:
            wait_until(lambda: second.healthy(service), f"{service} elsewhere is healthy", 90)  # noqa: B023
        given = second.variables("training")
        own = {name for name in given if "SECRET_KEY" in name}
        points.hold("a worker elsewhere has no secret key", not own, ", ".join(sorted(own)))
        ada = corpora.coordinator(site)
        asked = {"name": "sound", "extractor": "mel-bands"}
        made = ada.succeed("POST", f"/api/corpora/{corpora.FILMS}/features", asked)
        told = ada.wait_for(made["job"]["id"])
        right = told["done"] == told["total"] == corpora.CLIPS
        points.hold("it extracts features from the films", right, told["message"])
        exported = {"what": "votes", "format": "csv"}
        made = ada.succeed("POST", f"/api/corpora/{corpora.FILMS}/exports", exported)
        told = ada.wait_for(made["job"]["id"])
        points.hold("it writes an export, to the same storage", True, told["message"])
        status, headers, table = ada.fetch(
            f"/api/corpora/{corpora.FILMS}/exports/{made['id']}/file"
        )
        right = status == 200 and table.count(b"\n") > 1 and "content-disposition" in headers
        points.hold("which the proxy sends", right, f"{len(table):,} bytes")
    finally:
        second.destroy()
        site.compose("start", *SERVICES)
    wait_until(lambda: site.healthy("worker"), "the worker is back", 90)


class Second(Site):
    """A machine with a checkout, the two passwords and the shared folder, and nothing else."""

    def __init__(self, first: Site) -> None:
        super().__init__(first.folder, first.pictures)
        self.project = f"{first.project}-elsewhere"
        volume = f"{first.project}_data"
        folder = run(["podman", "volume", "inspect", "--format", "{{.Mountpoint}}", volume])
        self.docker = first.folder / "elsewhere" / "docker"
        (self.docker / "secrets").mkdir(parents=True, exist_ok=True)
        shutil.copy2(first.docker / "compose.worker.yml", self.docker)
        for name in SECRETS:
            shutil.copy2(first.docker / "secrets" / name, self.docker / "secrets")
        (self.docker / "hosted.yml").write_text(HOSTED)
        ports = first.settings
        self.settings = {
            "VERSION": first.settings["VERSION"],
            "DATABASE_URL": f"postgresql://concord@127.0.0.1:{ports['DATABASE_PORT']}/concord",
            "BROKER_URL": f"redis://127.0.0.1:{ports['BROKER_PORT']}/0",
            "DATA": str(Path(folder.strip())),
        }
        lines = [f"{name}={value}\n" for name, value in self.settings.items()]
        (self.docker / ".env").write_text("".join(lines))

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"COMPOSE_FILE": "compose.worker.yml:hosted.yml"}

    def variables(self, service: str) -> list[str]:
        """The names of those that its process has been given."""
        lines: list[str] = self.inspected(service)["Config"]["Env"]
        return [line.partition("=")[0] for line in lines]
