import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage
from torch.utils.data import default_collate

from restain_training.data import targets as t
from restain_training.data.dataset import (
    COARSE,
    Crops,
    _draw_scale,
    augment_colour,
    crop,
    crosstalk,
    make_sample,
)
from restain_training.data.pool import make_tile, write_tile
from restain_training.data.staining import BLUE, BROWN, DARK, FEATURES, LEAST_SHARE, describe_staining
from restain_training.data.targets import pack_tile
from restain_training.data.views import COARSER_SCALE, add_coarser_view
from restain_training.data.white import balance, white_gains
from restain_training.network.checkpoint import load_average
from restain_training.network.losses import nucleus_class_loss
from restain_training.network.model import Pointwise, RestainNet
from restain_training.network.schedule import Schedule
from restain_training.network.train import Trainer

SCHEDULE = Schedule(peak=3e-3, warmup=5, steps=100, decay=20)


@pytest.fixture(scope="module")
def tile():
    return make_tile("sim", 3, [])


def batch_of(tile, known, count=2, size=128):
    rng = np.random.default_rng(0)
    return default_collate([make_sample(rng, tile, known, size) for _ in range(count)])


def test_crops_keep_size_and_classes(tile):
    rng = np.random.default_rng(4)
    for _ in range(12):
        patch, scale = crop(rng, tile[0], 96)
        assert patch.shape == (96, 96, t.TILE_CHANNELS)
        assert 0.5 <= scale <= 2.1
        assert patch[..., t.CLASS].max() <= t.NEGATIVE


def test_many_crops_are_unscaled_and_many_at_half_size(tile):
    rng = np.random.default_rng(5)
    scales = [crop(rng, tile[0], 96)[1] for _ in range(200)]
    assert 50 < scales.count(1.0) < 110 and 25 < scales.count(COARSER_SCALE) < 80
    assert len(set(scales)) > 40


def test_crops_of_the_second_network_are_those_of_a_20x_scan_with_the_truth_of_40x(tile):
    rng = np.random.default_rng(6)
    scales = [_draw_scale(rng, COARSE)[0] for _ in range(300)]
    assert 160 < scales.count(0.625) < 230
    assert min(scales) >= 0.45 and max(scales) <= 0.85 and len(set(scales)) > 60
    whole = Crops(upright=((0.5, 1.0),), others=(0.5, 0.5), reduction=2, band=1.25)
    patch, scale = crop(rng, tile[0], 256, whole)
    assert scale == 0.8  # distances of the tile, whatever the crop's own scale
    halved = np.asarray(Image.fromarray(np.ascontiguousarray(tile[0][..., t.IMAGE])).reduce(2))
    turned = [np.rot90(side, turns) for side in (halved, halved[:, ::-1]) for turns in range(4)]
    assert min(np.abs(patch[..., t.IMAGE].astype(int) - one).max() for one in turned) <= 1
    labels = np.zeros((64, 64), np.int64)
    labels[20:44, 12:32], labels[20:44, 32:52] = 1, 2  # two nuclei that touch
    drawn, known = pack_tile(np.zeros((64, 64, 3), np.uint8), labels, np.array([False, True, False]))
    classes = make_sample(rng, drawn, known, 32, whole)["classes"]
    boundary = (classes == t.BOUNDARY).sum()
    assert (classes == t.POSITIVE).sum() == (classes == t.NEGATIVE).sum() > 50 and boundary > 60
    apart = ndimage.label(np.isin(classes, (t.POSITIVE, t.NEGATIVE)))[1]
    assert apart == 2


def test_the_coarser_view_is_the_picture_at_half_size(tile):
    picture = tile[0][:64, :64, t.IMAGE]
    seen = []
    mean = add_coarser_view(np.zeros_like(picture), picture, lambda half: seen.append(half) or half)
    assert seen[0].shape == (32, 32, 3)
    assert np.abs(2 * mean[8:-8, 8:-8].astype(int) - picture[8:-8, 8:-8]).mean() < 12
    assert (add_coarser_view(np.full((5, 1, 3), 10, np.uint8), np.zeros((5, 1, 3), np.uint8),
                             lambda half: np.full_like(half, 21)) == 16).all()


def test_colour_augmentation_keeps_the_picture_recognisable(tile):
    image = tile[0][:128, :128, t.IMAGE]
    changed, staining = augment_colour(np.random.default_rng(2), image, image)
    assert staining.shape == (FEATURES,) and staining.dtype == np.float32
    assert changed.shape == image.shape and changed.dtype == np.uint8
    assert np.corrcoef(changed.mean(-1).ravel(), image.mean(-1).ravel())[0, 1] > 0.7


def test_white_balance_removes_the_colour_of_the_lamp(tile):
    image = tile[0][..., t.IMAGE]
    yellow = balance(image, np.array([1.0, 0.97, 0.8]))
    white, also_white = (balance(one, white_gains(one)).astype(int) for one in (image, yellow))
    assert np.abs(white - also_white).mean() < 1
    assert np.allclose(np.percentile(white.reshape(-1, 3), 99, axis=0), 240, atol=1)
    assert np.array_equal(white_gains(np.zeros((4, 4, 3), np.uint8)), [1.6] * 3)


def test_staining_is_described_by_the_tissue_only():
    glass, brown = np.full((10, 10, 3), 245, np.uint8), np.full((10, 10, 3), (150, 90, 40), np.uint8)
    described = describe_staining(brown)  # 0.56 browner than blue, mean density 0.49
    assert described.shape == (FEATURES,) and not described[described < 0.9].any()
    assert (described > 0.9).tolist() == [*(step < 0.56 for step in BROWN), *(False for _ in BLUE),
                                          *(step < 0.49 for step in DARK)]
    assert np.array_equal(describe_staining(np.concatenate([glass, brown])), described)
    assert not describe_staining(glass).any()
    half = describe_staining(np.concatenate([brown, brown[..., ::-1]]))
    assert np.allclose(half[[0, len(BROWN)]], 1 - np.log(0.5 + LEAST_SHARE) / np.log(LEAST_SHARE))


def test_staining_changes_the_class_only():
    torch.manual_seed(2)
    net = RestainNet(8).eval()
    for layer in (net.classifier.staining[-1], net.classifier.last):
        torch.nn.init.normal_(layer.weight, 0, 0.3)
    image = torch.randn(1, 3, 32, 32)
    pale, strong = (net.logits(image, staining).detach() for staining in (torch.zeros(1, FEATURES),
                                                                         torch.ones(1, FEATURES)))
    assert torch.equal(pale[:, 4:], strong[:, 4:])
    pale, strong = pale[:, :4].softmax(1), strong[:, :4].softmax(1)
    assert (pale[:, t.POSITIVE] - strong[:, t.POSITIVE]).abs().max() > 0.01
    nucleus = [p[:, t.POSITIVE] + p[:, t.NEGATIVE] for p in (pale, strong)]
    assert torch.allclose(*nucleus, atol=1e-5) and torch.allclose(pale[:, t.BOUNDARY], strong[:, t.BOUNDARY], atol=1e-5)


def test_one_staining_for_all_images_is_the_same_as_one_for_each():
    torch.manual_seed(3)
    net = RestainNet(8).eval()
    for layer in (net.classifier.staining[-1], net.classifier.last):
        torch.nn.init.normal_(layer.weight, 0, 0.3)
    images, staining = torch.randn(3, 3, 32, 48), torch.rand(1, FEATURES)
    shared, each = (net.logits(images, given).detach() for given in (staining, staining.expand(3, -1)))
    assert torch.allclose(shared, each, atol=1e-5)
    assert not torch.allclose(shared, net.logits(images, torch.zeros(1, FEATURES)), atol=1e-2)


def test_crosstalk_keeps_grey_and_pales_colours():
    rng = np.random.default_rng(6)
    brown = np.array([150, 90, 40], np.float32)
    spans = []
    for _ in range(200):
        matrix = crosstalk(rng)
        assert np.allclose(matrix @ np.full(3, 200), 200, atol=1e-3)
        spans.append(np.ptp(matrix @ brown))
    assert min(spans) < 0.6 * np.ptp(brown) and np.mean(spans) < np.ptp(brown)


def test_folded_pointwise_convolution_equals_the_plain_one():
    layer, x = Pointwise(6, 5), torch.randn(8, 6, 12, 10)
    assert torch.allclose(layer.train()(x), layer.eval()(x), atol=1e-5)


def test_outputs_have_input_resolution():
    outputs = RestainNet(8)(torch.zeros(2, 3, 48, 64), torch.zeros(2, FEATURES))
    assert {name: tuple(o.shape) for name, o in outputs.items()} == {
        "segmentation": (2, 4, 48, 64), "hematoxylin": (2, 3, 48, 64), "dapi": (2, 1, 48, 64),
        "lap2": (2, 1, 48, 64), "marker": (2, 1, 48, 64), "distance": (2, 1, 48, 64)}


def test_learning_rate_warms_up_stays_and_falls():
    assert SCHEDULE.rate(0) < SCHEDULE.rate(4) == SCHEDULE.rate(50) == SCHEDULE.peak
    assert 0 < SCHEDULE.rate(90) < SCHEDULE.peak
    assert SCHEDULE.rate(100) == 0


def test_overfits_one_batch(tile):
    torch.manual_seed(0)
    trainer = Trainer(8, SCHEDULE)
    batch = batch_of(*tile, size=96)
    losses = [sum(trainer.train_step(batch).values()) for _ in range(90)]
    assert losses[-1] < 0.6 * losses[0]


def test_only_the_classifier_learns_when_asked(tile):
    torch.manual_seed(0)
    trainer = Trainer(8, SCHEDULE, only_classifier=True)
    before = {name: value.clone() for name, value in trainer.net.state_dict().items()}
    for _ in range(3):
        trainer.train_step(batch_of(*tile, size=64))
    changed = {name for name, value in trainer.net.state_dict().items() if not torch.equal(value, before[name])}
    assert changed and all(name.startswith("classifier.") for name in changed)


def test_every_nucleus_counts_once_for_its_class():
    classes = torch.zeros(1, 40, 40, dtype=torch.long)
    classes[0, 2:30, 2:30], classes[0, 33:37, 33:37] = t.POSITIVE, t.NEGATIVE
    logits = torch.zeros(1, 4, 40, 40)
    assert nucleus_class_loss(logits, classes).item() == pytest.approx(np.log(2))
    logits[:, t.POSITIVE, :30] = 2.0  # the large one gets the right class
    right = np.log1p(np.exp(-2))
    assert nucleus_class_loss(logits, classes).item() == pytest.approx((right + np.log(2)) / 2, rel=1e-4)
    assert nucleus_class_loss(logits, torch.zeros_like(classes)).item() == 0


def test_resumed_training_continues_exactly(tile, tmp_path):
    batch = batch_of(*tile, size=64)
    torch.manual_seed(0)
    trainer = Trainer(8, SCHEDULE)
    for _ in range(3):
        trainer.train_step(batch)
    trainer.save(tmp_path / "last.pt")
    resumed = Trainer(8, SCHEDULE)
    resumed.load(tmp_path / "last.pt")
    assert resumed.step == 3
    for each in (trainer, resumed):
        each.train_step(batch)
    for a, b in zip(trainer.average.state_dict().values(), resumed.average.state_dict().values()):
        assert torch.equal(a, b)
    assert load_average(tmp_path / "last.pt").width == 8


def test_tiles_without_tissue_have_no_nucleus():
    for seed in range(6):
        drawn, known = make_tile("nothing", seed, [])
        assert drawn.shape == (512, 512, t.TILE_CHANNELS) and not drawn[..., t.CLASS].any()
        sample = make_sample(np.random.default_rng(seed), drawn, known, 128)
        assert not sample["classes"].any() and not known & t.HAS_HEMATOXYLIN


def test_pool_slots_are_replaced(tile, tmp_path):
    write_tile(tmp_path, 3, "sim", *tile)
    write_tile(tmp_path, 3, "tnbc", tile[0], 11)
    assert [p.name for p in tmp_path.iterdir()] == ["00003-tnbc-b.npy"]


@pytest.mark.long
def test_bfloat16_learns_as_float32_does(tile):
    batch, losses = batch_of(*tile, size=96), {}
    for bf16 in (False, True):
        torch.manual_seed(0)
        trainer = Trainer(8, SCHEDULE, bf16=bf16)
        losses[bf16] = [sum(trainer.train_step(batch).values()) for _ in range(30)]
    assert losses[True][-1] < 0.8 * losses[True][0]
    assert losses[True][-1] == pytest.approx(losses[False][-1], rel=0.1)
