"""The programme's key figures against the plan's targets: what each counts, and nothing where nothing was measured."""
