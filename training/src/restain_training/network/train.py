"""Train the network from a pool of tiles. Stops and resumes at any step.

The learning rate warms up, stays flat, and falls to zero over the last `--decay` steps before `--steps`;
both may be changed when resuming, so that one long run can be branched into releases.
"""

import argparse
import copy
import os
import signal
import threading
import time
from pathlib import Path

import torch
from torch.utils.data import DataLoader, default_collate

from ..data.dataset import COARSE, FINE, PoolDataset, to_targets
from .losses import CLASSES, loss_parts, nucleus_class_loss
from .model import RestainNet, normalise
from .schedule import Schedule
from .warm_start import unfold

CALIBRATION_IMAGES = 48


class Trainer:
    """Everything that a checkpoint saves: the network, its running average, the optimiser, the step."""

    def __init__(self, width: int, schedule: Schedule, ema: float = 0.999, weight_decay: float = 0.02,
                 bf16: bool = False, only_classifier: bool = False):
        self.net = RestainNet(width).to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net).eval().requires_grad_(False)
        self.only_classifier = only_classifier
        if only_classifier:
            self.net.requires_grad_(False).classifier.requires_grad_(True)
        learning = [weights for weights in self.net.parameters() if weights.requires_grad]
        self.optimiser = torch.optim.AdamW(learning, lr=schedule.peak, weight_decay=weight_decay)
        self.schedule, self.ema, self.bf16 = schedule, ema, bf16
        self.step = 0

    def train_step(self, batch: dict[str, torch.Tensor]) -> dict[str, float]:
        """One update from a collated batch. Returns the parts of the loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.schedule.rate(self.step)
        self.net.train()
        if self.only_classifier:  # batch norms keep their statistics, too
            for module in self.net.modules():
                if isinstance(module, torch.nn.BatchNorm2d):
                    module.eval()
        image = normalise(batch["image"]).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            logits = self.net.logits(image, batch["staining"])
        targets = to_targets(batch)
        if self.only_classifier:
            parts = {"nuclei": nucleus_class_loss(logits[:, :CLASSES], targets["classes"])}
        else:
            parts = loss_parts(logits, targets)
        loss = sum(parts.values())
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        if torch.isfinite(loss):
            self.optimiser.step()
            self._update_average()
        self.step += 1
        return {name: float(part.detach()) for name, part in parts.items()}

    @torch.no_grad()
    def _update_average(self) -> None:
        keep = min(self.ema, (1 + self.step) / (10 + self.step))
        for mean, value in zip(self.average.state_dict().values(), self.net.state_dict().values()):
            if mean.dtype.is_floating_point:
                mean.lerp_(value, 1 - keep)
            else:
                mean.copy_(value)

    def save(self, path: Path) -> None:
        """Write a checkpoint atomically."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        torch.save({"width": self.net.width, "step": self.step, "net": self.net.state_dict(),
                    "average": self.average.state_dict(), "optimiser": self.optimiser.state_dict()}, partial)
        os.replace(partial, path)

    def adopt(self, net: RestainNet) -> None:
        """Start from the weights of `net`."""
        self.net.load_state_dict(net.state_dict())
        self.average.load_state_dict(net.state_dict())

    def load(self, path: Path) -> None:
        """Continue from a checkpoint."""
        state = torch.load(path, map_location="cpu")
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = state["step"]


def _prepare_loader(_worker: int) -> None:
    """Runs in the loader's process. Its low priority makes training steps a tenth faster on two cores.

    It ignores SIGTERM: a signal to the whole process group would otherwise end it before the trainer has saved.
    """
    os.nice(10)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def run(trainer: Trainer, loader: DataLoader, folder: Path, save_every: int, keep_every: int) -> None:
    """Train until the schedule ends or SIGTERM comes, saving `last.pt` and numbered checkpoints."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    sums: dict[str, float] = {}
    started, counted = time.time(), 0
    for batch in loader:
        if stop.is_set() or trainer.step >= trainer.schedule.steps:
            break
        for name, value in trainer.train_step(batch).items():
            sums[name] = sums.get(name, 0.0) + value
        counted += 1
        if counted == 50:
            text = " ".join(f"{name} {value / counted:.4f}" for name, value in sums.items())
            rate = trainer.schedule.rate(trainer.step)
            print(f"step {trainer.step} lr {rate:.5f} {text} | {(time.time() - started) / counted:.3f} s", flush=True)
            sums, started, counted = {}, time.time(), 0
        if trainer.step % save_every == 0:
            trainer.save(folder / "last.pt")
        if trainer.step % keep_every == 0:
            trainer.save(folder / f"step-{trainer.step:06d}.pt")
    trainer.save(folder / "last.pt")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pool", type=Path, help="folder of tiles that restain_training.data.pool wrote")
    parser.add_argument("folder", type=Path, help="where checkpoints go; resumes from last.pt there")
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--decay", type=int, default=4_000)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--warmup", type=int, default=60)
    parser.add_argument("--start", type=Path, help="checkpoint or model folder to begin with when the folder is empty")
    parser.add_argument("--bf16", action="store_true", help="bfloat16 convolutions, where the CPU has them")
    parser.add_argument("--coarse", action="store_true", help="the network of 20x pictures instead of that of 40x")
    parser.add_argument("--only-classifier", action="store_true", help="train the classifier and nothing else")
    parser.add_argument("--workers", type=int, default=1, help="processes that prepare batches")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save-every", type=int, default=200)
    parser.add_argument("--keep-every", type=int, default=1000)
    args = parser.parse_args()
    crops = COARSE if args.coarse else FINE
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    trainer = Trainer(args.width, Schedule(args.rate, args.warmup, args.steps, args.decay), bf16=args.bf16,
                      only_classifier=args.only_classifier)
    checkpoint = args.folder / "last.pt" if (args.folder / "last.pt").exists() else args.start
    if checkpoint and checkpoint.is_dir():
        samples = iter(PoolDataset(args.pool, args.size, args.seed, crops))
        typical = default_collate([next(samples) for _ in range(CALIBRATION_IMAGES)])
        trainer.adopt(unfold(checkpoint, normalise(typical["image"]), typical["staining"]))
        print(f"started from the model in {checkpoint}", flush=True)
    elif checkpoint:
        trainer.load(checkpoint)
        print(f"resumed {checkpoint} at step {trainer.step}", flush=True)
    dataset = PoolDataset(args.pool, args.size, args.seed + trainer.step, crops)
    loader = DataLoader(dataset, batch_size=args.batch, num_workers=args.workers, worker_init_fn=_prepare_loader)
    run(trainer, loader, args.folder, args.save_every, args.keep_every)


if __name__ == "__main__":
    main()
