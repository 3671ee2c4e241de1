"""`python -m bot.cli`: where no `pm` is installed."""

from bot.cli import main

if __name__ == "__main__":
    main()
