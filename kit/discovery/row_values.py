"""What the templates of a contest whose samples are rows of tables are filled with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kit.inspection import Inspection

SMALL = 1000  # rows, for which the gradient boosting is kept simple
FEW_TEXTS = 200  # of fewer texts, words that only one has are kept


def row_values(inspection: Inspection, group: str) -> dict[str, Any]:
    """Everything that only these templates may name."""
    wrappers = {"several numbers": "MultiOutputRegressor(model)", "multi-label": "OneVsRestClassifier(model)"}
    kind, source = inspection.kind, inspection.source
    own = ["GROUP"] if inspection.group else ["TIME"] if inspection.time else []
    columns = ["*NUMBERS", "*CATEGORIES", "*DATES", *(["*TEXTS"] if group == "text" else [])]
    named = ["*ID_PARTS"] if source["id_parts"] else ["ID"] if inspection.id is not None else []
    own_columns = [] if source["lookups"] else columns  # those of a lookup are required once it is joined
    needed = [*(named if source["id_in_train"] else []), *own_columns, *own, "*TARGETS"]
    functions, imports = _reader_names(inspection)
    return {
        "small": inspection.counts["train"] < SMALL,
        "fewest": 2 if inspection.counts["train"] >= FEW_TEXTS else 1,
        "wrapped": wrappers.get(kind, "model"),
        "train_columns": ", ".join(needed),
        "test_columns": ", ".join([*named, *own_columns]),
        "looked_up": ", ".join(columns),
        "frame_functions": [*functions, *([] if source["one_hot"] else [label_function(inspection)])],
        "imports": imports,
        "commas": source["commas"],
        "missing": tuple(source["missing"]),
        "repeated_ids": inspection.repeated_ids,
    }


def label_function(inspection: Inspection) -> str:
    """The function of ``kit.blocks.frames`` that makes labels of cells."""
    if inspection.source.get("separator"):
        return "label_matrix"
    return "class_numbers" if inspection.kind in ("binary", "classes") else "numbers_of"


def _reader_names(inspection: Inspection) -> tuple[list[str], list[str]]:
    """The functions of ``kit.blocks.frames`` and the names of ``contest`` that a reader of rows needs."""
    source = inspection.source
    imports = ["NAME", "TARGETS"]
    imports += ["ID"] if inspection.id is not None else ["FIRST_ID"] if source["test"] else []
    imports += ["CLASSES"] if inspection.kind in ("binary", "classes") or source["separator"] else []
    own = ["GROUP"] if inspection.group else ["TIME", "LATEST"] if inspection.time else []
    imports += [*own, *(["MISSING"] if inspection.missing_targets else [])]
    functions = ["latest"] if "LATEST" in own else []
    if source.get("arrays"):
        return [*functions, "array_frame"], [*imports, "TRAIN_ARRAYS", *(["TEST_ARRAYS"] if source["test"] else [])]
    joined = bool(source.get("joined"))
    imports += ["FORMS", "TRAIN", *(["OTHERS", "KEYS"] if joined else ["NUMBERS", "CATEGORIES", "DATES"])]
    imports += ["TEST", "NUMBERS", "CATEGORIES", "DATES"] if source["test"] else []
    imports += ["TEXTS"] if inspection.features("text") and (source["test"] or not joined) else []
    functions += ["read_frame", *(["join_frames"] if joined else [])]
    if source["lookups"]:
        functions += ["look_up"]
        imports += ["LOOKUPS", *(["TEST_LOOKUPS"] if source["test_lookups"] != source["lookups"] else [])]
    if source["units"]:
        functions += ["plain_numbers"]
        imports += ["UNITS"]
    if source["part_column"]:
        imports += ["PART", "TEST_VALUES"]
    if source["id_parts"]:
        functions += ["joined_cells"]
        imports += ["ID_PARTS"]
    if source["sample_order"]:
        return [*functions, "in_order"], sorted({*imports, "SAMPLE", *([] if source["keys"] else ["SAMPLE_ID"])})
    return functions, sorted(set(imports))
