"""`python -m innervate.app`: the `innervate` command without its script."""

from .cli import main

if __name__ == "__main__":
    main()
