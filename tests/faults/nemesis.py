"""Who disturbs a lab: kills its processes, or its network, as a seed says."""

import contextlib
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.faults.lab import SHORT, Lab, redirect
from tests.faults.proxy import Fault, FaultProxy, between

BETWEEN_KILLS_S = 0.15
AWAY_S = 0.15
BURST = 4
BREATH_S = 1.0
ASK_EVERY_S = 0.1
SHARE = 0.35
LOOK_S = 0.2


def kill(lab: Lab, count: int, others: Mapping[str, Callable[[], None]]) -> Counter[str]:
    """Kill `count` times: a process of the lab, or one of the other services, by their names."""
    rng, killed = lab.rng, Counter[str]()
    for number in range(count):
        # Without a breath no job would come far enough to be worth killing.
        ask_for(lab, 0 if number % BURST else BREATH_S)
        for name in lab.family.ended():
            killed[f"{name} ended by itself"] += 1
        name = rng.choice([*lab.family.names, *others])
        if name in others:
            others[name]()
        else:
            lab.family.kill(name)
            time.sleep(rng.uniform(0, AWAY_S))
            lab.family.start(name)
        killed[name] += 1
        ask_for(lab, rng.expovariate(1 / BETWEEN_KILLS_S))
    return killed


def ask_for(lab: Lab, seconds: float) -> None:
    """Let so much time pass in which a person asks for work."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        lab.ask()
        time.sleep(min(ASK_EVERY_S, left))


@contextlib.contextmanager
def bad_network(lab: Lab, folder: Path, seed: int) -> Iterator["Weather"]:
    """Put every runner behind a proxy of its own."""
    weather = Weather(random.Random(seed))
    runners = [name for name in lab.family.names if name.startswith("board")]
    with contextlib.ExitStack() as stack:
        for name in runners:
            proxy = stack.enter_context(
                between(lab.port, weather.choose, patience_s=SHORT["lease_s"] / 2)
            )
            weather.proxies.append(proxy)
            redirect(folder / name, proxy.port)
            lab.family.kill(name)
            lab.family.start(name)
        yield weather


class Weather:
    """Which exchanges fail, and how; `calm` ends it."""

    def __init__(self, rng: random.Random) -> None:
        self.proxies: list[FaultProxy] = []
        self.calm = False
        self._random = rng

    def choose(self, request: bytes) -> Fault | None:
        del request
        if self.calm or self._random.random() > SHARE:
            return None
        return self._random.choice(list(Fault))

    @property
    def counts(self) -> Counter[str]:
        return sum((proxy.counts for proxy in self.proxies), Counter[str]())


def disturb(lab: Lab, weather: Weather, count: int) -> None:
    """Ask for work until so many exchanges have failed."""
    while weather.counts.total() < count:
        lab.ask()
        for name in lab.family.ended():
            weather.proxies[0].counts[f"{name} ended by itself"] += 1
        time.sleep(LOOK_S)
    weather.calm = True
