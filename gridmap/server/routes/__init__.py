"""The routes, one router a noun."""

from gridmap.server.routes import (
    accounts,
    city,
    desk,
    drawing,
    edits,
    health,
    jobs,
    officials,
    ogc,
    page,
    plans,
    rating,
    records,
    search,
    services,
    session,
    tiles,
    uploads,
)

ROUTERS = tuple(
    module.router
    for module in (
        health,
        session,
        accounts,
        city,
        search,
        plans,
        edits,
        drawing,
        services,
        officials,
        records,
        rating,
        desk,
        jobs,
        uploads,
        tiles,
        ogc,
        page,
    )
)
"""In the order in which they are looked through."""
