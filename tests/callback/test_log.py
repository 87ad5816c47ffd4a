"""Loggers: where they write and what a line looks like."""

import logging
import re

import pytest

import mxnet as mx


@pytest.fixture
def name(request):
    yield request.node.name
    for handler in list(logging.getLogger(request.node.name).handlers):
        logging.getLogger(request.node.name).removeHandler(handler)
        handler.close()


@pytest.mark.parametrize(("level", "letter", "colour"), [("error", "E", 31), ("info", "I", 32), ("debug", "D", 34)])
def test_a_line_has_level_time_place_and_colour(name, capfd, level, letter, colour):
    logger = mx.log.get_logger(name, level=mx.log.DEBUG)
    getattr(logger, level)("hello %d", 3)
    line = capfd.readouterr().err
    assert re.fullmatch(
        rf"\x1b\[{colour}m{letter}\d{{4}} \d\d:\d\d:\d\d \d+ .*test_log\.py:\w+:\d+\]\x1b\[0m hello 3\n", line
    )


def test_a_file_gets_the_messages_alone(name, tmp_path):
    path = tmp_path / "a.log"
    path.write_text("before\n")
    mx.log.get_logger(name, str(path), level=mx.log.INFO).info("after")
    assert path.read_text() == "before\nafter\n"


def test_a_logger_is_set_up_once(name):
    first = mx.log.get_logger(name, level=mx.log.INFO)
    assert mx.log.get_logger(name, level=mx.log.ERROR) is first
    assert first.level == mx.log.INFO
    assert len(first.handlers) == 1


def test_the_root_logger_is_left_alone():
    before = list(logging.getLogger().handlers)
    assert mx.log.get_logger() is logging.getLogger()
    assert logging.getLogger().handlers == before


def test_the_old_name_warns(name):
    with pytest.warns(DeprecationWarning, match="use get_logger"):
        mx.log.getLogger(name)
