"""Logistic regression."""

from typing import Tuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit


def fit_logistic(features: np.ndarray, outcomes: np.ndarray,
                 ridge: float) -> Tuple[np.ndarray, float]:
    """Fit weights and a bias to outcomes, by L-BFGS.

    Args:
        features (np.ndarray): Shape (N, F). Each is brought to mean 0 and
            deviation 1 first; one that never varies gets the weight 0.
        outcomes (np.ndarray): Bool, shape (N, ).
        ridge (float): Half of it, times the squared weights of the features
            so scaled, is added to the sum of the N log losses. The bias is
            free.

    Returns:
        tuple[np.ndarray, float]: The weights, shape (F, ), and the bias, for
        features as they came.
    """
    mean, deviation = features.mean(0), features.std(0)
    # What never varies says nothing.
    scale = np.where(deviation > 1e-9, deviation, np.inf)
    inputs = np.c_[(features - mean) / scale, np.ones(len(features))]
    penalty = np.append(np.full(features.shape[1], ridge), 0)

    def loss(weights):
        scores = inputs @ weights
        value = np.logaddexp(0, scores).sum() - scores[outcomes].sum()
        gradient = inputs.T @ (expit(scores) - outcomes)
        return (value + (penalty * weights**2).sum() / 2,
                gradient + penalty * weights)

    fitted = minimize(
        loss, np.zeros(inputs.shape[1]), jac=True, method='L-BFGS-B').x
    weights = fitted[:-1] / scale
    return weights, float(fitted[-1] - weights @ mean)
