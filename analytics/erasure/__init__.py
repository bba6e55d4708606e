"""The one service that erases: it stands above the apps, asks each for its part, and leaves a record and a receipt."""
