"""Golden fits of fit-softmax.test.ts: scikit-learn's logistic regression, and SciPy's minimum where there are offsets.

Run with Debian's python3-sklearn: `python3 make_fits.py`.
"""

import json
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression

CASES = ((20, 6, 4, 10.0), (60, 12, 3, 0.5), (25, 4, 5, 200.0))  # examples, columns, classes, penalty


def main() -> None:
    rng = np.random.default_rng(7)
    cases = []
    for count, width, classes, penalty in CASES:
        design = np.round(rng.normal(size=(count, width)), 4)
        design[:, 0] = 1
        labels = np.concatenate([np.arange(classes), rng.integers(0, classes, count - classes)])
        importance = np.round(rng.uniform(0.2, 3, count), 4)
        offsets = np.round(rng.normal(0, 2, (count, classes)), 4)
        regression = LogisticRegression(C=1 / penalty, fit_intercept=False, solver="newton-cg", tol=1e-8,
                                        max_iter=10_000)
        plain = regression.fit(design, labels, importance).coef_.T

        def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
            weights = flat.reshape(width, classes)
            scores = offsets + design @ weights
            whole = logsumexp(scores, axis=1, keepdims=True)
            wrong = (np.exp(scores - whole) - np.eye(classes)[labels]) * importance[:, None]
            value = (importance * (whole[:, 0] - scores[np.arange(count), labels])).sum()
            return value + penalty / 2 * (weights**2).sum(), (design.T @ wrong + penalty * weights).ravel()

        found = minimize(loss, np.zeros(width * classes), jac=True, method="BFGS", options={"gtol": 1e-9})
        cases.append({"width": width, "classes": classes, "penalty": penalty, "design": design.ravel().tolist(),
                      "labels": labels.tolist(), "importance": importance.tolist(),
                      "offsets": offsets.ravel().tolist(), "plain": np.round(plain, 8).ravel().tolist(),
                      "drawn": np.round(found.x, 8).tolist()})
    Path(__file__).with_name("fits.json").write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
