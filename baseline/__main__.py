"""`python -m baseline COMMAND`: §3 with nothing but files. Each command is loaded when used."""

import importlib
import os
import sys
from itertools import pairwise

from baseline.commands import common
from baseline.errors import Fault, of_the_disk

COMMANDS = {
    "import-features": "import_features",
    "import-probabilities": "import_probabilities",
    "features": "features",
    "extract": "extract",
    "train": "train",
    "evaluate": "evaluate",
    "predict": "predict",
    "table": "table",
}
HELP = {
    "import-features": "make a feature set of files that somebody else extracted",
    "import-probabilities": "read what somebody else's classifier says of clips",
    "features": "say what a feature set holds, and check it",
    "extract": "extract a feature set from clips",
    "train": "train and cross-validate a grid on labeled clips (§3.6)",
    "evaluate": "say how good a trained model is (§3.7)",
    "predict": "predict emotion and valence of any clips by a trained model",
    "table": "put trainings side by side as in Tables 2 and 3",
}


def main(given: list[str]) -> int:
    """Run one command; the exit status is 0, 2 with one sentence, 143 or 130 when stopped."""
    common.stop_on_sigterm()
    say = common.Say(lines=_wants_lines(given))
    try:
        return _run(given, say)
    except Fault as fault:
        say.fault(fault)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads any more
    except OSError as error:
        say.fault(of_the_disk(error))
    except KeyboardInterrupt:
        return common.INTERRUPTED
    return 2


def _run(given: list[str], say: common.Say) -> int:
    if not given or given[0] in ("-h", "--help"):
        print(_help())
        return 0
    name, *rest = given
    if name not in COMMANDS:
        raise Fault(
            "wrong_arguments",
            f'"{name}" is no command. The commands are: {", ".join(COMMANDS)}.',
            why=name,
        )
    module = importlib.import_module(f"baseline.commands.{COMMANDS[name]}")
    parser = common.Parser(prog=f"python -m baseline {name}", description=HELP[name])
    module.add(parser)
    common.add_common(parser)
    arguments = parser.parse_args(rest)
    if arguments.while_stdin_open:
        common.end_with_stdin()
    return int(module.run(arguments, say))


def _wants_lines(given: list[str]) -> bool:
    """Known before the arguments are read, for these may be what is wrong."""
    return "--progress=lines" in given or ("--progress", "lines") in pairwise(given)


def _help() -> str:
    listed = "\n".join(f"  {name:<22}{HELP[name]}" for name in COMMANDS)
    return f"python -m baseline COMMAND …\n\n{listed}\n\nEach has --help."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
