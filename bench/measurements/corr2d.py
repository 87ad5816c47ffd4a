"""The notebooks' cross-correlation written with loops: a 5×5 kernel over an image of 28×28."""

import time

UNIT = "one corr2d"
CALLS = 3


def measure(samples):
    from mxnet import nd

    def corr2d(X, K):
        h, w = K.shape
        Y = nd.zeros((X.shape[0] - h + 1, X.shape[1] - w + 1))
        for i in range(Y.shape[0]):
            for j in range(Y.shape[1]):
                Y[i, j] = (X[i : i + h, j : j + w] * K).sum()
        return Y

    X, K = nd.random.uniform(shape=(28, 28)), nd.random.uniform(shape=(5, 5))
    times = []
    for _ in range(samples + 1):
        start = time.perf_counter()
        for _ in range(CALLS):
            corr2d(X, K).wait_to_read()
        times.append((time.perf_counter() - start) / CALLS)
    return times[1:]
