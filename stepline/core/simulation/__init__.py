"""A line and its people, played through call by call by the production policy and its peers."""

from stepline.core.simulation.measures import Figures, figures
from stepline.core.simulation.play import Played, play
from stepline.core.simulation.policies import POLICIES
from stepline.core.simulation.population import (
    Delays,
    Person,
    Population,
    Presence,
    WishShare,
)

__all__ = [
    "POLICIES",
    "Delays",
    "Figures",
    "Person",
    "Played",
    "Population",
    "Presence",
    "WishShare",
    "figures",
    "play",
]
