"""gluonnlp: language models, translation, BERT, batches of sentences."""

from __future__ import annotations

from typing import Any

import gluonnlp as nlp

from mxnet import autograd, gluon, nd

WORDS = nlp.data.count_tokens(list("abcdefg"))


def bert() -> Any:
    vocab = nlp.vocab.BERTVocab(WORDS)
    model, _ = nlp.model.get_model(
        "bert_12_768_12", dataset_name=None, vocab=vocab, pretrained=False, use_pooler=True, use_decoder=False,
        use_classifier=False,
    )  # fmt: skip
    model.initialize()
    return [each.shape for each in model(nd.ones((2, 6)), nd.zeros((2, 6)), nd.array([6, 4]))]


def language_model(name: str) -> Any:
    model, _ = nlp.model.get_model(name, dataset_name=None, vocab=nlp.Vocab(WORDS), pretrained=False)
    model.initialize()
    with autograd.record():
        outputs, _ = model(nd.ones((5, 2)), model.begin_state(batch_size=2, func=nd.zeros))
        loss = outputs.sum()
    loss.backward()
    return outputs.shape


def lstm_language_model() -> Any:
    return language_model("standard_lstm_lm_200")


def awd_language_model() -> Any:
    return language_model("awd_lstm_lm_600")


def translation() -> Any:
    encoder, decoder, one_step = nlp.model.transformer.get_transformer_encoder_decoder(
        units=16, hidden_size=32, num_layers=2, num_heads=2, max_src_length=20, max_tgt_length=20
    )
    vocab = nlp.Vocab(WORDS)
    model = nlp.model.translation.NMTModel(
        src_vocab=vocab, tgt_vocab=vocab, encoder=encoder, decoder=decoder, one_step_ahead_decoder=one_step,
        share_embed=True, embed_size=16, tie_weights=True, prefix="t_",
    )  # fmt: skip
    model.initialize()
    translator_input = nd.ones((2, 6)), nd.ones((2, 5)), nd.array([6, 4]), nd.array([5, 3])
    return model(*translator_input)[0].shape


def batches() -> Any:
    data = gluon.data.SimpleDataset([[1, 2, 3], [4, 5], [6]])
    sampler = nlp.data.FixedBucketSampler([3, 2, 1], 2, num_buckets=2)
    loader = gluon.data.DataLoader(data, batch_sampler=sampler, batchify_fn=nlp.data.batchify.Pad())
    return [each.shape for each in loader]


def vocabulary() -> Any:
    vocab = nlp.Vocab(nlp.data.count_tokens("a b c a".split()))
    return vocab[["a", "b"]], len(vocab)


def convolutional_encoder() -> Any:
    model = nlp.model.ConvolutionalEncoder(embed_size=8, num_filters=(3, 4), ngram_filter_sizes=(1, 2), output_size=5)
    model.initialize()
    return model(nd.ones((6, 2, 8)), nd.ones((6, 2))).shape


PATHS = [bert, lstm_language_model, awd_language_model, translation, batches, vocabulary, convolutional_encoder]
