"""Tables as people have them: encodings, delimiters, compression, an index column, ragged rows."""

from __future__ import annotations

import gzip
import zipfile

import pytest

from kit.errors import DataError
from kit.inspection import Options, inspect_folder
from kit.inspection.tables import find_delimiter, read_table

TEXT = "id,colour,size,label\n007,red,1.5,a\n008,blue,2.5,b\n"


def test_leading_zeros_and_words_for_missing_are_kept_as_they_are_written(tmp_path):
    path = tmp_path / "train.csv"
    path.write_text("id,size\n007,NA\n008,\n")
    table = read_table(path)
    assert table["id"].tolist() == ["007", "008"]
    assert table["size"].tolist() == ["NA", ""]


@pytest.mark.parametrize(
    ("data", "encoding", "delimiter"),
    [
        (TEXT.encode(), "utf-8", ","),
        (b"\xef\xbb\xbf" + TEXT.encode(), "utf-8-sig", ","),
        (TEXT.replace("\n", "\r\n").encode(), "utf-8", ","),
        (TEXT.replace(",", ";").encode(), "utf-8", ";"),
        (TEXT.replace(",", "\t").encode(), "utf-8", "\t"),
        (TEXT.encode("utf-16"), "utf-16", ","),
        (TEXT.replace("red", "röt").encode("latin-1"), "cp1252", ","),
    ],
)
def test_encoding_and_delimiter_are_found(tmp_path, data, encoding, delimiter):
    path = tmp_path / "train.csv"
    path.write_bytes(data)
    table = read_table(path)
    assert (table.encoding, table.delimiter) == (encoding, delimiter)
    assert table.names == ["id", "colour", "size", "label"]
    assert table["id"].tolist() == ["007", "008"]


def test_a_delimiter_within_quotes_does_not_count():
    assert find_delimiter('id;text\n1;"a,b,c"\n2;"d,e,f"\n') == ";"


def test_a_table_of_one_column_is_one(tmp_path):
    (tmp_path / "test.csv").write_text("id\n1\n2\n")
    assert read_table(tmp_path / "test.csv").names == ["id"]


def test_the_index_that_pandas_writes_is_left_out(tmp_path):
    (tmp_path / "train.csv").write_text(",id,y\n0,a,1\n1,b,2\n")
    table = read_table(tmp_path / "train.csv")
    assert table.names == ["id", "y"] and table.index == "Unnamed: 0"


def test_an_unnamed_column_that_does_not_count_rows_is_kept(tmp_path):
    (tmp_path / "train.csv").write_text(",id,y\n5,a,1\n3,b,2\n")
    assert read_table(tmp_path / "train.csv").names == ["Unnamed: 0", "id", "y"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"id,y\n1,2,3\n", "line 2"),
        (b"id,x,y\n1,2,3\n4,5\n", "line 3"),
        (b"id,y,y\n1,2,3\n", "one name"),
        (b"PK\x03\x04\0\0\0\0", "not text"),
    ],
)
def test_what_is_no_table_is_refused_with_where(tmp_path, content, words):
    (tmp_path / "train.csv").write_bytes(content)
    with pytest.raises(DataError, match=words):
        read_table(tmp_path / "train.csv")


def test_compressed_tables_in_archives_and_nested_folders_are_found(data):
    rows = "".join(f"{n:03},{n % 7 * 0.5},{'ab'[n % 2]}\n" for n in range(40))
    inner = data / "contest-files"
    inner.mkdir()
    with gzip.open(inner / "train.csv.gz", "wt") as file:
        file.write("id,x,y\n" + rows)
    with zipfile.ZipFile(inner / "test.csv.zip", "w") as archive:
        archive.writestr("test.csv", "id,x\n" + "".join(f"{n:03},1.5\n" for n in range(40, 50)))
        archive.writestr("__MACOSX/._test.csv", b"\0\0\0")
    found = inspect_folder(data, Options())
    assert (found.kind, found.id, found.counts) == ("binary", "id", {"train": 40, "test": 10})
    assert found.submission.columns[0].kind == "text"
