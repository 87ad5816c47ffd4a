"""The book's helpers, edition of 2022: a step of what its chapters do."""

from __future__ import annotations

from typing import Any

from d2l import mxnet as d2l

from mxnet import gluon, init, np, npx
from mxnet.gluon import nn

npx.set_np()

SENTENCE = "the time traveller for so it will be convenient to speak of him was expounding a recondite matter to us "
PAIRS = "Go.\tVa !\nHi.\tSalut !\nRun!\tCours !\nRun!\tCourez !\nWho?\tQui ?\nWow!\tÇa alors !\n"


class Clothes(d2l.FashionMNIST):
    """A few of its images."""

    def get_dataloader(self, train: bool) -> Any:  # noqa: D102
        images = gluon.data.ArrayDataset(*(self.train if train else self.val)[:320])
        return gluon.data.DataLoader(images, self.batch_size, shuffle=train, num_workers=0)


class Sentences(d2l.TimeMachine):
    """A text that is here."""

    def _download(self) -> str:
        return SENTENCE * 60


class Translations(d2l.MTFraEng):
    """Pairs that are here."""

    def _download(self) -> str:
        return PAIRS * 40


class LeNet(d2l.Classifier):
    """The book's, a layer short."""

    def __init__(self, lr: float = 0.1, num_classes: int = 10) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential()
        self.net.add(
            nn.Conv2D(6, kernel_size=5, padding=2, activation="sigmoid"), nn.AvgPool2D(2, 2),
            nn.Conv2D(16, 5, activation="sigmoid"), nn.AvgPool2D(2, 2), nn.Dense(num_classes),
        )  # fmt: skip
        self.net.initialize(init.Xavier())


class Decoder(d2l.Decoder):
    """Of the chapter on sequences to sequences."""

    def __init__(self, words: int, embedded: int, units: int, layers: int, dropout: float = 0) -> None:
        super().__init__()
        self.embedding, self.rnn = nn.Embedding(words, embedded), d2l.GRU(units, layers, dropout)
        self.dense = nn.Dense(words, flatten=False)
        self.initialize(init.Xavier())

    def init_state(self, outputs: Any, *rest: Any) -> Any:  # noqa: D102
        return outputs

    def forward(self, x: Any, state: Any) -> Any:  # noqa: D102
        embedded = self.embedding(d2l.transpose(x))
        outputs, hidden = state
        context = np.tile(outputs[-1], (embedded.shape[0], 1, 1))
        found, hidden = self.rnn(np.concatenate((embedded, context), -1), hidden)
        return self.dense(found).swapaxes(0, 1), [outputs, hidden]


def linear_by_hand() -> Any:
    model = d2l.LinearRegressionScratch(2, lr=0.03)
    d2l.Trainer(max_epochs=1).fit(model, d2l.SyntheticRegressionData(w=np.array([2, -3.4]), b=4.2))
    return float(model.b[0])


def linear() -> Any:
    model = d2l.LinearRegression(lr=0.03)
    d2l.Trainer(max_epochs=1).fit(model, d2l.SyntheticRegressionData(w=np.array([2, -3.4]), b=4.2))
    return [each.shape for each in model.get_w_b()]


def lenet() -> Any:
    d2l.Trainer(max_epochs=1, num_gpus=1).fit(LeNet(), Clothes(batch_size=64))


def residual() -> Any:
    block = d2l.Residual(3)
    block.initialize()
    return block(np.random.normal(size=(4, 3, 6, 6))).shape


def recurrent_by_hand() -> Any:
    data = Sentences(batch_size=64, num_steps=16, num_train=500, num_val=100)
    layer = d2l.RNNScratch(num_inputs=len(data.vocab), num_hiddens=16)
    model = d2l.RNNLMScratch(layer, vocab_size=len(data.vocab), lr=1)
    d2l.Trainer(max_epochs=1, gradient_clip_val=1).fit(model, data)
    return model.predict("it has", 5, data.vocab, d2l.try_gpu())


def recurrent() -> Any:
    data = Sentences(batch_size=64, num_steps=16, num_train=2000, num_val=500)
    found = []
    for layer in (d2l.RNN(16), d2l.GRU(16, 2)):
        layer.initialize()
        model = d2l.RNNLM(layer, vocab_size=len(data.vocab), lr=1)
        d2l.Trainer(max_epochs=1, gradient_clip_val=1).fit(model, data)
        found.append(model.predict("it has", 5, data.vocab, d2l.try_gpu()))
    return found


def attention() -> Any:
    layer = d2l.MultiHeadAttention(100, 5, 0.5)
    layer.initialize()
    x, y = np.ones((2, 4, 100)), np.ones((2, 6, 100))
    return layer(x, y, y, np.array([3, 2])).shape


def transformer() -> Any:
    encoder = d2l.TransformerEncoder(50, 32, 64, 4, 1, 0.1)
    encoder.initialize()
    return encoder(np.ones((2, 9)), np.array([3, 2])).shape


def sequences_to_sequences() -> Any:
    data = Translations(batch_size=32, num_train=128, num_val=32)
    encoder = d2l.Seq2SeqEncoder(len(data.src_vocab), 16, 16, 2, 0.1)
    decoder = Decoder(len(data.tgt_vocab), 16, 16, 2, 0.1)
    model = d2l.Seq2Seq(encoder, decoder, tgt_pad=data.tgt_vocab["<pad>"], lr=0.005)
    d2l.Trainer(max_epochs=1, gradient_clip_val=1).fit(model, data)
    found, _ = model.predict_step(data.build(["go ."], ["va !"]), d2l.try_gpu(), data.num_steps)
    return found.shape


def boxes() -> Any:
    anchors = d2l.multibox_prior(np.zeros((1, 3, 10, 12)), [0.75, 0.5], [1, 2])
    labels = np.array([[[0, 0.1, 0.1, 0.5, 0.5], [1, 0.5, 0.5, 0.9, 0.9]]])
    return anchors.shape, [each.shape for each in d2l.multibox_target(anchors, labels)]


def bert() -> Any:
    encoder = d2l.BERTEncoder(100, 16, 32, 2, 2, 0.1)
    encoder.initialize()
    return encoder(np.random.randint(0, 100, (2, 8)), np.ones((2, 8)), None).shape


PATHS = [
    linear_by_hand, linear, lenet, residual, recurrent_by_hand, recurrent, attention, transformer,
    sequences_to_sequences, boxes, bert,
]  # fmt: skip
