"""The demo programme: invented people and children with believable histories, through the portal's own services.

Order of reading: `stories` (who there is), `growth` (their bodies), `plans` (one child's life as data), `histories`
(lived through the services), `scans`, `loader` (the order of work, and when it is refused).
"""
