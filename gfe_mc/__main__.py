"""Run the command line as `python -m gfe_mc`."""

from gfe_mc.cli import main

if __name__ == "__main__":
    main()
