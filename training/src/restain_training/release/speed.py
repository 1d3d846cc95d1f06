"""How fast a model's networks run on one core of this machine, and where the time goes.

For each network: processor time a megapixel, the share of each kind of node, and for the 8-bit convolutions the share
of the core's 8-bit peak, which is measured by a plain product of matrices in the same runtime.
"""

import argparse
import json
import resource
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from ..data.staining import FEATURES
from .manifest import check_manifest

RUNS = 6
PRODUCT = 2048  # rows, depth and columns of the product that measures the peak


def open_session(model: str | bytes, profile: Path | None = None) -> onnxruntime.InferenceSession:
    """A session on one core, as a thread of the server opens it; with a profile, it writes one to that path's name."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    if profile:
        options.enable_profiling, options.profile_file_prefix = True, str(profile)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def least_seconds(run: callable) -> float:
    """The least processor time of `RUNS` calls, after one that does not count."""
    run()
    times = []
    for _ in range(RUNS):
        before = time.process_time()
        run()
        times.append(time.process_time() - before)
    return min(times)


def peak_products() -> float:
    """8-bit multiplications a second of one core, in a product of two large matrices."""
    random = np.random.default_rng(0)
    weights = random.integers(-64, 64, (PRODUCT, PRODUCT)).astype(np.int8)
    sides = [PRODUCT, PRODUCT]
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["a", "b"], ["y"])], "product",
        [helper.make_tensor_value_info("a", TensorProto.UINT8, sides)],
        [helper.make_tensor_value_info("y", TensorProto.INT32, sides)], [numpy_helper.from_array(weights, "b")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    session = open_session(model.SerializeToString())
    values = random.integers(0, 256, (PRODUCT, PRODUCT)).astype(np.uint8)
    return PRODUCT**3 / least_seconds(lambda: session.run(None, {"a": values}))


def profile(path: Path, feeds: dict[str, np.ndarray]) -> tuple[Counter, float]:
    """Least milliseconds of each kind of node, and the multiplications of the 8-bit convolutions."""
    graph = onnx.load(str(path)).graph
    weights = {tensor.name: tensor.dims for tensor in graph.initializer}
    kernels = {node.name: weights[node.input[3]] for node in graph.node if node.op_type == "QLinearConv"}
    with TemporaryDirectory() as scratch:
        session = open_session(str(path), Path(scratch, "profile"))
        for _ in range(RUNS):
            session.run(None, feeds)
        events = json.loads(Path(session.end_profiling()).read_text())
    least: dict[str, tuple[float, str]] = {}
    products = 0.0
    for event in events:
        if event.get("cat") != "Node" or not event["name"].endswith("_kernel_time"):
            continue
        name = event["name"].removesuffix("_kernel_time")
        if name not in least and name in kernels:
            _batch, height, width, _channels = next(iter(event["args"]["output_type_shape"][0].values()))
            products += height * width * np.prod(kernels[name])
        least[name] = min(least.get(name, (np.inf, "")), (event["dur"] / 1e3, event["args"]["op_name"]))
    kinds = Counter()
    for milliseconds, kind in least.values():
        kinds[kind] += milliseconds
    return kinds, products


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="a model folder, for example ../models/restain-ihc")
    parser.add_argument("--side", type=int, default=1024, help="of the tile, px")
    args = parser.parse_args()
    quantised = check_manifest(args.folder)["quantised"]
    random = np.random.default_rng(0)
    feeds = {"image": random.integers(0, 256, (1, args.side, args.side, 3)).astype(np.uint8),
             "staining": random.random((1, FEATURES)).astype(np.float32)}
    megapixels = args.side**2 / 1e6
    peak = peak_products()
    print(f"8-bit peak of a core: {peak / 1e9:.0f} billion multiplications a second")
    for network in (quantised, quantised["segmentationOnly"]):
        path = args.folder / network["file"]
        session = open_session(str(path))
        seconds = least_seconds(lambda session=session: session.run(None, feeds))
        kinds, products = profile(path, feeds)
        total = sum(kinds.values())
        convolutions = kinds["QLinearConv"] / 1e3
        print(f"\n{network['file']}: {seconds / megapixels:.3f} s a megapixel; "
              f"{products / megapixels / 1e9:.1f} billion 8-bit multiplications a megapixel, "
              f"{products / convolutions / peak:.0%} of the peak in the convolutions, "
              f"{products / seconds / peak:.0%} in all")
        for kind, milliseconds in kinds.most_common(12):
            print(f"{milliseconds:8.1f} ms {milliseconds / total:6.1%} {kind}")
    print(f"\npeak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


if __name__ == "__main__":
    main()
