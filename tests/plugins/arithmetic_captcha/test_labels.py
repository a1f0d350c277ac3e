"""Labels: every encoding and every wrong line is named."""

import pytest
from kit_plugins.arithmetic_captcha.round1 import reader
from kit_plugins.arithmetic_captcha.round2 import reader as reader2

from kit import DataError

LINES = ["1+2+3 6", "(4*8)+8 40", "2*2*2 8"]
FINAL = ["流=8;(1+2)*3-流/4 7.000000e+00", "流=8;圳=2;1+圳*3-流/4 5.000000e+00"]


def written(folder, content):
    path = folder / "labels.txt"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        "\n".join(LINES).encode(),
        "\n".join([*LINES, "", "  ", ""]).encode(),
        "\r\n".join([*LINES, ""]).encode(),
        "\r".join([*LINES, ""]).encode(),
        "\n".join([*LINES, ""]).encode("utf-8-sig"),
    ],
    ids=["no last newline", "blank last lines", "windows", "old macintosh", "byte order mark"],
)
def test_harmless_spellings_read_the_same(content, tmp_path):
    assert reader.expressions(written(tmp_path, content), 3) == ["1+2+3", "(4*8)+8", "2*2*2"]


@pytest.mark.parametrize(
    ("line", "words"), [("", "line 2 of labels.txt is wrong: it is blank"), ("expression result", "line 2")]
)
def test_a_line_too_many_is_named_where_it_is_blank_or_wrong(line, words, tmp_path):
    path = written(tmp_path, "\n".join([LINES[0], line, *LINES[1:]]).encode())
    with pytest.raises(DataError, match=words):
        reader.expressions(path, 3)


def test_a_blank_line_in_the_middle_is_named(tmp_path):
    path = written(tmp_path, "\n".join([*LINES[:2], "", LINES[2]]).encode())
    with pytest.raises(DataError, match=r"line 3 of labels\.txt is wrong: it is blank"):
        reader.expressions(path, 4)


@pytest.mark.parametrize(
    ("encoding", "words"),
    [("gbk", "GBK"), ("gb18030", "GBK"), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16")],
)
def test_another_encoding_is_named(encoding, words, tmp_path):
    path = written(tmp_path, "\n".join([*FINAL, ""]).encode(encoding))
    with pytest.raises(DataError, match=rf"(?s)not UTF-8.*{words}.*save it as UTF-8"):
        reader2.texts(path, 2)


def test_bytes_of_no_encoding_are_named_with_their_line(tmp_path):
    path = written(tmp_path, b"1+2+3 6\n1+2+3 \xff6\n")
    with pytest.raises(DataError, match=r"(?s)not UTF-8.*0xff.*line 2"):
        reader.expressions(path, 2)


def test_an_empty_file_has_no_label_for_any_image(tmp_path):
    with pytest.raises(DataError, match=r"(?s)fewer lines.*0\.png, 1\.png have no label"):
        reader.expressions(written(tmp_path, b""), 2)


def test_many_images_without_a_label_are_counted(tmp_path):
    with pytest.raises(DataError, match=r"3\.png, 4\.png, 5\.png, 6\.png, 7\.png and 992 more have no label"):
        reader.expressions(written(tmp_path, "\n".join(LINES).encode()), 1000)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1+2+3", "1[+]2[+]3 is 6, not ''"),
        ("1+2+3  6", "1[+]2[+]3 is 6, not ' 6'"),
        ("1+2+3,6", "not a valid expression"),
        ("1+2+3\t6", "not a valid expression"),
        ("1+2+3 6.0", "is 6, not '6.0'"),
        ("１+2+3 6", "not a valid expression"),
        ("1+2=3 3", "not a valid expression"),
        ("1+2+3 6" * 10_000, "too long"),
        ("(" * 4000, "not a valid expression"),
        ("9" * 4000 + " 1", "not a valid expression"),
        ("1+2+3\x00 6", "(?s)UTF-16, or no text"),
    ],
)
def test_a_wrong_line_is_named(line, words, tmp_path):
    path = written(tmp_path, "\n".join([LINES[0], line, LINES[1]]).encode())
    with pytest.raises(DataError, match=words) as error:
        reader.expressions(path, 3)
    assert len(str(error.value)) < 600


@pytest.mark.parametrize(
    "line",
    [
        "流=8;(1+2)*3-流/0 1",
        "流=8;(1+2*3-流/4 1",
        "流=8;" + "9" * 4000,
        "流=8 8",
        "流=8;流=9;1+2*3-流/4",
        "x=8;1+2*3-x/4",
    ],
)
def test_a_wrong_line_of_round_2_is_named(line, tmp_path):
    path = written(tmp_path, "\n".join([FINAL[0], line]).encode())
    with pytest.raises(DataError, match=r"line 2 of labels\.txt is wrong") as error:
        reader2.texts(path, 2)
    assert len(str(error.value)) < 700
