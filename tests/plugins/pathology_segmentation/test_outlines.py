"""Outlines in JSON and XML: LabelMe, GeoJSON of QuPath, Aperio ImageScope, ASAP."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kit_plugins.pathology_segmentation.annotations.meaning import meaning_of
from kit_plugins.pathology_segmentation.annotations.outlines import read_outlines
from kit_plugins.pathology_segmentation.polygon import rasterise

from kit import SampleError

SIDE = 200
POINTS = [[10, 10], [60, 10], [60, 60], [10, 60]]
HOLE = [[20, 20], [40, 20], [40, 40], [20, 40]]
AWAY = [[100, 100], [150, 100], [150, 150], [100, 150]]
SQUARE = np.zeros((SIDE, SIDE), bool)
SQUARE[10:60, 10:60] = True
HOLLOW = SQUARE.copy()
HOLLOW[20:40, 20:40] = False


def mask(tmp_path: Path, name: str, text: str) -> np.ndarray:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return rasterise(read_outlines(tmp_path / name, SIDE, SIDE), 0, SIDE, 0, SIDE)


def labelme(*shapes: dict[str, Any], **more: Any) -> str:
    return json.dumps({"version": "5.2.1", "flags": {}, "shapes": shapes, "imagePath": "a.png", **more})


def shape(points: Any = POINTS, label: Any = "cancer", **more: Any) -> dict[str, Any]:
    return {"label": label, "points": points, "group_id": None, "shape_type": "polygon", "flags": {}, **more}


def feature(*rings: Any, label: Any = "Tumor", kind: str = "Polygon") -> dict[str, Any]:
    closed = [[*ring, ring[0]] for ring in rings]
    properties = {"objectType": "annotation", "classification": {"name": label, "color": [200, 0, 0]}}
    coordinates = closed if kind == "Polygon" else [[ring] for ring in closed]
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def imagescope(*layers: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Annotations MicronsPerPixel="0.25">{"".join(layers)}</Annotations>'


def layer(*regions: str, name: str = "", **more: str) -> str:
    extra = "".join(f' {key}="{value}"' for key, value in more.items())
    return f'<Annotation Id="1" Name="{name}"{extra}><Attributes/><Regions>{"".join(regions)}</Regions></Annotation>'


def region(points: Any = POINTS, **more: Any) -> str:
    extra = "".join(f' {key}="{value}"' for key, value in {"Type": 0, "NegativeROA": 0, **more}.items())
    vertices = "".join(f'<Vertex X="{x}" Y="{y}" Z="0"/>' for x, y in points)
    return f"<Region Id='1'{extra}><Attributes/><Vertices>{vertices}</Vertices></Region>"


def asap(*annotations: str) -> str:
    return f"<ASAP_Annotations><Annotations>{''.join(annotations)}</Annotations><AnnotationGroups/></ASAP_Annotations>"


def annotation(points: Any = POINTS, group: str = "Tumor", kind: str = "Polygon") -> str:
    numbered = "".join(f'<Coordinate Order="{i}" X="{x}" Y="{y}"/>' for i, (x, y) in reversed([*enumerate(points)]))
    return (
        f'<Annotation Name="a" Type="{kind}" PartOfGroup="{group}"><Coordinates>{numbered}</Coordinates></Annotation>'
    )


READ = {
    "LabelMe": ("a.json", labelme(shape()), SQUARE),
    "LabelMe as little as it can be": (
        "a.json",
        json.dumps({"shapes": [{"label": "cancer", "points": POINTS}]}),
        SQUARE,
    ),
    "LabelMe's rectangle": ("a.json", labelme(shape([[60, 60], [10, 10]], shape_type="rectangle")), SQUARE),
    "LabelMe with the image's size": ("a.json", labelme(shape(), imageWidth=SIDE, imageHeight=SIDE), SQUARE),
    "LabelMe without shapes": ("a.json", labelme(), SQUARE & False),
    "LabelMe with a byte order mark": ("a.json", "\ufeff" + labelme(shape()), SQUARE),
    "LabelMe with something else apart": ("a.json", labelme(shape(), shape(AWAY, "stroma")), SQUARE),
    "something else alone": ("a.json", labelme(shape(AWAY, "normal")), SQUARE & False),
    "LabelMe without names": ("a.json", labelme(shape(label="region 1"), shape(HOLE, "")), SQUARE),
    "QuPath": ("a.geojson", json.dumps({"type": "FeatureCollection", "features": [feature(POINTS)]}), SQUARE),
    "QuPath's list": ("a.geojson", json.dumps([feature(POINTS)]), SQUARE),
    "QuPath's single feature": ("a.json", json.dumps(feature(POINTS)), SQUARE),
    "QuPath's hole": ("a.geojson", json.dumps([feature(POINTS, HOLE)]), HOLLOW),
    "QuPath's several polygons": ("a.geojson", json.dumps([feature(POINTS, HOLE, kind="MultiPolygon")]), SQUARE),
    "QuPath without a class": ("a.geojson", json.dumps([{**feature(POINTS), "properties": {}}]), SQUARE),
    "a collection of geometries": (
        "a.geojson",
        json.dumps({"type": "GeometryCollection", "geometries": [feature(POINTS)["geometry"]]}),
        SQUARE,
    ),
    "ImageScope": ("a.xml", imagescope(layer(region())), SQUARE),
    "ImageScope's negative region": ("a.xml", imagescope(layer(region(), region(HOLE, NegativeROA=1))), HOLLOW),
    "ImageScope's rectangle": ("a.xml", imagescope(layer(region([[10, 10], [60, 60]], Type=1))), SQUARE),
    "ImageScope's layers with names": (
        "a.xml",
        imagescope(layer(region(), name="tumor"), layer(region(AWAY), name="Normal"), layer()),
        SQUARE,
    ),
    "ImageScope without outlines": ("a.xml", imagescope(layer()), SQUARE & False),
    "ASAP": ("a.xml", asap(annotation()), SQUARE),
    "ASAP of CAMELYON": ("a.xml", asap(annotation(group="_0"), annotation(HOLE, "_2")), HOLLOW),
    "ASAP without groups": ("a.xml", asap(annotation(group="None")), SQUARE),
}


@pytest.mark.parametrize("name", READ)
def test_outlines_of_other_tools_are_read(tmp_path: Path, name: str) -> None:
    file, text, expected = READ[name]
    assert (mask(tmp_path, file, text) == expected).all()


def test_circles_and_ellipses_have_their_area(tmp_path: Path) -> None:
    circle = mask(tmp_path, "a.json", labelme(shape([[100, 100], [100, 140]], shape_type="circle")))
    ellipse = mask(tmp_path, "a.xml", imagescope(layer(region([[60, 60], [140, 140]], Type=2))))
    assert circle.sum() == pytest.approx(np.pi * 1600, rel=0.01) == pytest.approx(ellipse.sum(), rel=0.01)


REFUSED = {
    "a name that means nothing certain": (
        "a.json",
        labelme(shape(label="gland A"), shape(AWAY)),
        "outlines named gland A",
    ),
    "a number for a class": ("a.json", labelme(shape(label="3")), "outlines named 3"),
    "names on some": ("a.json", labelme(shape(), shape(AWAY, "")), "with and without a name"),
    "something else on cancer": ("a.json", labelme(shape(), shape(HOLE, "stroma")), "'stroma' overlaps"),
    "a benign tumour": ("a.json", labelme(shape(label="benign tumor")), "benign tumor"),
    "a line": ("a.json", labelme(shape(shape_type="linestrip")), "linestrip"),
    "a point": ("a.json", labelme(shape([[1, 1]], shape_type="point")), "point"),
    "a mask in LabelMe": ("a.json", labelme(shape(POINTS[:2], shape_type="mask")), "mask"),
    "another image": ("a.json", labelme(shape(), imageWidth=100, imageHeight=100), "100 x 100"),
    "a word for a coordinate": ("a.json", labelme(shape([["a", 1], [2, 3], [4, 5]])), "not a point"),
    "true for a coordinate": ("a.json", labelme(shape([[True, 1], [2, 3], [4, 5]])), "not a point"),
    "nan": ("a.json", labelme(shape([[float("nan"), 1], [2, 3], [4, 5]])), "NaN"),
    "infinity": ("a.json", '{"shapes": [{"label": "cancer", "points": [[1e999, 1], [2, 3], [4, 5]]}]}', "not finite"),
    "a huge number": ("a.json", '{"shapes": [{"points": [[1' + "0" * 400 + ", 1], [2, 3], [4, 5]]}]}", "too large"),
    "points outside": ("a.json", labelme(shape([[1, 1], [900, 1], [1, 900]])), "leaves the slide"),
    "one point more in a point": ("a.json", labelme(shape([[1, 1, 1, 1], [2, 3], [4, 5]])), "not a point"),
    "the same name twice": ("a.json", '{"shapes": [], "shapes": [{"points": []}]}', "occurs twice"),
    "COCO": ("a.json", json.dumps({"images": [], "annotations": [], "categories": []}), "neither"),
    "deep nesting": ("a.json", "[" * 100_000, "cannot be read"),
    "deep features": ("a.json", "[" * 50 + "]" * 50, "nested"),
    "no json": ("a.json", "{", "cannot be read"),
    "not UTF-8": ("a.json", "\udcff", "cannot be read"),
    "a point in QuPath": (
        "a.geojson",
        json.dumps([{"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}}]),
        "'Point'",
    ),
    "a line in QuPath": (
        "a.geojson",
        json.dumps([{"type": "Feature", "geometry": {"type": "LineString", "coordinates": POINTS}}]),
        "'LineString'",
    ),
    "a feature without a geometry": ("a.geojson", json.dumps([{"type": "Feature", "geometry": None}]), "not an object"),
    "layers without names": ("a.xml", imagescope(layer(region()), layer(region(AWAY))), "2 layers"),
    "a hidden layer": ("a.xml", imagescope(layer(region(), Visible="0")), "hidden"),
    "an arrow": ("a.xml", imagescope(layer(region(Type=3))), "type '3'"),
    "a vertex without x": ("a.xml", imagescope(layer(region([["", 1], [2, 3], [4, 5]]))), "X=''"),
    "PASCAL VOC": ("a.xml", "<annotation><object/></annotation>", "<annotation>"),
    "entities": ("a.xml", '<!DOCTYPE a [<!ENTITY x "y">]><Annotations>&x;</Annotations>', "entities"),
    "ASAP's spline": ("a.xml", asap(annotation(kind="Spline")), "Spline"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_outlines_whose_meaning_is_not_certain_are_refused(tmp_path: Path, name: str) -> None:
    file, text, reason = REFUSED[name]
    (tmp_path / file).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SampleError, match=file) as caught:
        read_outlines(tmp_path / file, SIDE, SIDE)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("cancer", "cancer"),
        ("Tumor", "cancer"),
        ("Invasive carcinoma, grade 2", "cancer"),
        ("癌", "cancer"),
        ("Stroma", "other"),
        ("non-tumor", "other"),
        ("not cancer", "other"),
        ("peritumoral stroma", "other"),
        ("Ignore*", "other"),
        ("", "unnamed"),
        ("Layer 1", "unnamed"),
        ("Annotation 12", "unnamed"),
        ("ROI", "unnamed"),
        ("gland", "unknown"),
        ("1", "unknown"),
        ("tumor stroma", "unknown"),
        ("necrotic tumor", "unknown"),
    ],
)
def test_names_of_outlines_mean_cancer_or_not_or_nothing_certain(name: str, meaning: str) -> None:
    assert meaning_of(name) == meaning
