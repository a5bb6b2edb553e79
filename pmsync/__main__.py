"""`python -m pmsync` is `pmsync`."""

from pmsync.cli import main

if __name__ == "__main__":
    main()
