"""The command line: `python -m qaplatform.local run | servers | reset`."""

import argparse
import signal
import sys

from qaplatform.errors import DomainError
from qaplatform.local import reset, runner
from qaplatform.local.children import hear_of_parents_end


def main() -> int:
    """Run one command; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m qaplatform.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="everything, until Ctrl-C")
    run.add_argument("--empty", action="store_true", help="a data folder of its own, without the demo")
    run.add_argument("--under-make", action="store_true", help="stop when the `make` that started this is gone")
    commands.add_parser("servers", help="only PostgreSQL and Valkey; prints how to reach them")
    commands.add_parser("reset", help="throw the demo's data away")
    options = parser.parse_args()
    try:
        if options.command == "run":
            if options.under_make:
                hear_of_parents_end(signal.SIGTERM)
            runner.run(is_empty=options.empty)
        elif options.command == "servers":
            runner.run_servers()
        else:
            reset.reset()
    except DomainError as error:
        sys.stderr.write(f"\n{error.message}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
