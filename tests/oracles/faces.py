"""How often Action Units and pairs of them are present when normal numbers of given correlations are
cut at the units' thresholds. Writes faces.json. Run with any Python 3: python3 faces.py
"""

import json
import pathlib
from statistics import NormalDist

UNITS = [1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24]
RATES = [0.19, 0.15, 0.21, 0.46, 0.59, 0.59, 0.56, 0.47, 0.18, 0.35, 0.17, 0.15]
# Pairs that are not named are not correlated.
CORRELATIONS = {
    (1, 2): 0.75, (1, 4): 0.15, (1, 6): -0.10, (1, 7): -0.10, (1, 12): -0.05, (1, 15): 0.15, (1, 17): 0.10,
    (2, 4): -0.05, (2, 6): -0.15, (2, 7): -0.20, (2, 12): -0.05, (2, 15): 0.10, (2, 17): 0.10,
    (4, 7): 0.35, (4, 10): 0.10, (4, 12): -0.20, (4, 14): -0.05, (4, 15): 0.10, (4, 17): 0.15, (4, 23): 0.10,
    (4, 24): 0.10,
    (6, 7): 0.65, (6, 10): 0.65, (6, 12): 0.80, (6, 14): 0.30, (6, 15): -0.05, (6, 17): -0.10, (6, 24): -0.20,
    (7, 10): 0.60, (7, 12): 0.55, (7, 14): 0.30, (7, 23): 0.05, (7, 24): -0.10,
    (10, 12): 0.70, (10, 14): 0.35, (10, 15): 0.05, (10, 17): 0.05, (10, 24): -0.25,
    (12, 14): 0.35, (12, 15): -0.20, (12, 17): -0.20, (12, 23): -0.05, (12, 24): -0.30,
    (14, 15): 0.10, (14, 17): 0.20, (14, 23): 0.15, (14, 24): 0.10,
    (15, 17): 0.45, (15, 23): 0.20, (15, 24): 0.20,
    (17, 23): 0.30, (17, 24): 0.45,
    (23, 24): 0.40,
}
NORMAL = NormalDist()


def both(a, b, rho):
    """P(X > a, Y > b) for standard normal X and Y of correlation rho, by Simpson's rule over X."""
    steps, far = 2000, 9.0
    width = (far - a) / steps
    spread = (1 - rho * rho) ** 0.5

    def at(x):
        return NORMAL.pdf(x) * NORMAL.cdf((rho * x - b) / spread)

    inner = sum((4 if i % 2 else 2) * at(a + i * width) for i in range(1, steps))
    return (at(a) + inner + at(far)) * width / 3


thresholds = [NORMAL.inv_cdf(1 - rate) for rate in RATES]
pairs = [
    [both(thresholds[i], thresholds[j], CORRELATIONS.get((UNITS[j], UNITS[i]), 0.0)) for j in range(i)]
    for i in range(len(UNITS))
]
found = {"rates": RATES, "thresholds": thresholds, "pairs": [[round(p, 6) for p in row] for row in pairs]}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(found) + "\n")
