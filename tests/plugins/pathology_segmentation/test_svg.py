from pathlib import Path

import numpy as np
import pytest
from kit_plugins.pathology_segmentation.polygon import Shape, rasterise
from kit_plugins.pathology_segmentation.svg import read_svg
from kit_plugins.pathology_segmentation.svg.path import rings_of

from kit import SampleError

SQUARE = "10,10 30,10 30,30 10,30"


HEAD = '<svg xmlns="http://www.w3.org/2000/svg">'


def outlines(tmp_path: Path, body: str, head: str = HEAD, side: int = 64) -> tuple[Shape, ...]:
    path = tmp_path / "slide.svg"
    path.write_text(f"{head}{body}</svg>")
    return read_svg(path, side, side)


def mask(tmp_path: Path, body: str, head: str = HEAD, side: int = 64) -> np.ndarray:
    return rasterise(outlines(tmp_path, body, head, side), 0, side, 0, side)


def box(*boxes: tuple[int, int, int, int], side: int = 64) -> np.ndarray:
    expected = np.zeros((side, side), bool)
    for top, bottom, left, right in boxes:
        expected[top:bottom, left:right] = True
    return expected


@pytest.mark.parametrize(
    "body",
    [
        f'<polygon fill="none" points="{SQUARE}" stroke="#f8691c" stroke-width="5"/>',
        f'<polygon fill="#000000" points="{SQUARE}" stroke="white"/>',
        f'<polyline fill="none" points="{SQUARE}" stroke="#f8691c"/>',
        '<polygon points="10 10 30 10 30 30 10 30"/>',
        '<polygon points="1e1,10.0,30 10 30,+30 10,30"/>',
        '<path d="M10,10 L30,10 30,30 10,30"/>',
        '<path d="M 10 10 H 30 V 30 H 10 Z"/>',
        '<path d="m10 10h20v20h-20z"/>',
        '<path d="M10-0l0,10h20v20h-20z" fill="none"/>',
        '<rect x="10" y="10" width="20px" height="20"/>',
        f'<g transform="translate(5 5)"><polygon transform="translate(-5,-5)" points="{SQUARE}"/></g>',
        '<polygon transform="scale(2)" points="5,5 15,5 15,15 5,15"/>',
        '<polygon transform="rotate(90 20 20)" points="10,10 30,10 30,30 10,30"/>',
        '<polygon transform="matrix(1 0 0 1 10 10)" points="0,0 20,0 20,20 0,20"/>',
    ],
)
def test_every_way_to_draw_a_square_fills_the_same_pixels(tmp_path: Path, body: str) -> None:
    assert (mask(tmp_path, body) == box((10, 30, 10, 30))).all()


@pytest.mark.parametrize(
    "body",
    [
        '<path d="M10 10H50V50H10Z M20 20H40V40H20Z"/>',
        '<path d="M10 10H50V50H10Z M20 20V40H40V20Z" fill-rule="nonzero"/>',
        '<path d="M10 10H50V50H10Z M20 20H40V40H20Z" style="fill:none;fill-rule:evenodd"/>',
    ],
)
def test_a_ring_inside_a_ring_is_a_hole(tmp_path: Path, body: str) -> None:
    assert (mask(tmp_path, body) == box((10, 50, 10, 50)) & ~box((20, 40, 20, 40))).all()


def test_two_polygons_are_two_regions_even_where_they_overlap(tmp_path: Path) -> None:
    body = '<polygon points="0,0 20,0 20,20 0,20"/><polygon points="10,10 40,10 40,40 10,40"/>'
    assert (mask(tmp_path, body) == box((0, 20, 0, 20), (10, 40, 10, 40))).all()


def test_an_outline_that_overlaps_itself_where_it_closes_has_no_hole(tmp_path: Path) -> None:
    body = '<polyline points="10,10 50,10 50,50 10,50 10,10 50,10 50,20 10,20"/>'
    assert (mask(tmp_path, body) == box((10, 50, 10, 50))).all()


@pytest.mark.parametrize(
    "body",
    [
        *("", "<g/>", '<polygon points=""/>', '<polygon points="3,4"/>', '<polyline points="1,1 9,9"/>'),
        *('<path d=""/>', f'<polygon display="none" points="{SQUARE}"/>', "<!-- a -->"),
        f'<defs><polygon points="{SQUARE}"/></defs>',
    ],
)
def test_elements_without_area_are_no_cancer(tmp_path: Path, body: str) -> None:
    assert not mask(tmp_path, body).any()


def test_a_view_box_is_scaled_to_the_slide(tmp_path: Path) -> None:
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="100 0 32 32" width="9cm">'
    assert (mask(tmp_path, '<polygon points="105,5 115,5 115,15 105,15"/>', head) == box((10, 30, 10, 30))).all()


def test_a_file_without_a_namespace_but_with_a_document_type_is_read(tmp_path: Path) -> None:
    head = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"><svg>'
    assert mask(tmp_path, f'<polygon points="{SQUARE}"/>', head).sum() == 400


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_a_file_in_any_declared_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{declared}"?>{HEAD}<desc>é</desc><polygon points="{SQUARE}"/></svg>'
    (tmp_path / "slide.svg").write_bytes(text.encode(encoding))
    assert rasterise(read_svg(tmp_path / "slide.svg", 64, 64), 0, 64, 0, 64).sum() == 400


def test_curves_and_arcs_are_followed(tmp_path: Path) -> None:
    circles = [
        '<circle cx="32" cy="32" r="20"/>',
        '<ellipse cx="32" cy="32" rx="20" ry="20"/>',
        '<path d="M12 32a20 20 0 0 1 40 0A20,20 0 0 1 12 32"/>',
        '<path d="M12 32a20 20 0 11 40 0a20 20 0 11-40 0z"/>',
        '<path d="M12 32C12 21 21 12 32 12S52 21 52 32 43 52 32 52 12 43 12 32"/>',
    ]
    areas = [mask(tmp_path, body).sum() for body in circles]
    assert np.allclose(areas, np.pi * 400, rtol=0.02)


def test_smooth_quadratic_curves_reflect_the_control_point() -> None:
    (ring,) = rings_of("M0 0Q10 10 20 0T40 0")
    assert np.allclose(ring[np.argmax(ring[:, 1])], (10, 5))
    assert np.allclose(ring[np.argmin(ring[:, 1])], (30, -5))


BOMB = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
BAD = {
    "an external entity": ('<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + HEAD + "&x;", "entities"),
    "a parameter entity": ('<!DOCTYPE svg [<!ENTITY % x SYSTEM "http://127.0.0.1/x"> %x;]>' + HEAD, "entities"),
    "a billion laughs": (f'<!DOCTYPE svg [<!ENTITY l0 "lol">{BOMB}]>{HEAD}&l9;', "entities"),
    "a word among the points": (HEAD + '<polygon points="1,2 3,x 5,6"/>', "not a number"),
    "nan among the points": (HEAD + '<polygon points="1,2 3,nan 5,6"/>', "not a number"),
    "half a point": (HEAD + '<polygon points="1,2 3,4 5"/>', "do not make pairs"),
    "an infinite point": (HEAD + '<polygon points="1,2 3,4 1e999,6"/>', "not finite"),
    "points outside": (HEAD + '<polygon points="1,2 3,4 500,6"/>', "500,6 of a slide of 64 x 64"),
    "points all outside": (HEAD + '<polygon points="900,900 950,900 950,950"/>', "leaves the slide"),
    "points left of it": (HEAD + '<polygon points="-20,2 3,4 5,6"/>', "leaves the slide"),
    "a path that begins nowhere": (HEAD + '<path d="L 3 4 5 6 7 8"/>', "must begin with M"),
    "a path with a stray letter": (HEAD + '<path d="M 3 4 X 5 6"/>', "malformed"),
    "a path cut off": (HEAD + '<path d="M 3 4 C 5 6 7"/>', "C needs 6 numbers"),
    "an unknown transform": (HEAD + '<polygon transform="perspective(3)" points="1,2 3,4 5,6"/>', "not understood"),
    "a radius in the font's size": (HEAD + '<circle cx="5" cy="5" r="1em"/>', "not a supported length"),
    "no svg": ("<html></html>", "not SVG"),
    "no xml": ("points 1 2 3", "cannot be read"),
    "an unknown encoding": ('<?xml version="1.0" encoding="martian"?>' + HEAD, "cannot be read"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_outline_is_refused_by_name(tmp_path: Path, kind: str) -> None:
    content, reason = BAD[kind]
    path = tmp_path / "T01_1.svg"
    path.write_text(content + ("" if content.startswith(("<html", "points")) else "</svg>"))
    with pytest.raises(SampleError) as caught:
        read_svg(path, 64, 64)
    assert reason in str(caught.value) and "T01_1.svg" in str(caught.value)


def test_a_cut_off_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cut.svg").write_text(HEAD + '<polygon points="1,2 3,4')
    with pytest.raises(SampleError, match=r"cannot be read[\s\S]*cut\.svg"):
        read_svg(tmp_path / "cut.svg", 64, 64)


def test_an_outline_may_leave_the_slide_by_a_little(tmp_path: Path) -> None:
    assert mask(tmp_path, '<polygon points="-2,-2 66,-2 66,66 -2,66"/>').all()
