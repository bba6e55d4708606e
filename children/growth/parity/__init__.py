"""Our values beside the ones that WHO's own software gave."""
