"""The demo programme: invented people and children with believable histories, through the portal's own services.

Order of reading: `story` (what one is made of), `stories` and `treatment_stories` (who there is), `growth` (their
bodies), `plans` (one child's life as data), `histories` and `treatments` (lived through the services), `scans`,
`loader` (the order of work, and when it is refused).
"""
