"""`python -m clearway` and the `clearway` command."""

from clearway.cli import run


def main() -> None:
    """The command line."""
    run()


if __name__ == "__main__":
    main()
