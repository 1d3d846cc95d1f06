"""Learning rate by step."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """`warmup` steps up to `peak`, then flat, then down to zero over the last `decay` of all `steps`."""

    peak: float
    warmup: int
    steps: int
    decay: int

    def rate(self, step: int) -> float:
        """Linear warm-up, then flat, then 1 - sqrt down to zero."""
        up = min(1.0, (step + 1) / self.warmup)
        left = (self.steps - step) / max(1, self.decay)
        down = 1.0 if left >= 1 else max(0.0, 1 - (1 - max(left, 0.0)) ** 0.5)
        return self.peak * up * down
