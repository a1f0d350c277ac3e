"""Parts of SVG beyond plain shapes: each is drawn as a renderer draws it, or refused with a reason."""

from pathlib import Path

import numpy as np
import pytest
from kit_plugins.pathology_segmentation.polygon import rasterise
from kit_plugins.pathology_segmentation.svg import read_svg

from kit import SampleError

SIDE = 400
RECT = '<rect x="100" y="100" width="100" height="100"/>'
AT_ORIGIN = '<rect width="100" height="100"/>'


def mask(tmp_path: Path, text: str) -> np.ndarray:
    """Read what stands between ``<svg xmlns=...`` and ``</svg>`` on a slide of 400 x 400 pixels."""
    path = tmp_path / "a.svg"
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:x="urn:other"'
    path.write_text(f"<svg {names}{text}</svg>")
    return rasterise(read_svg(path, SIDE, SIDE), 0, SIDE, 0, SIDE)


# Every one of these is the square from 100 to 200.
SQUARES = {
    "use": f'><defs><g id="a">{AT_ORIGIN}</g></defs><use href="#a" x="100" y="100"/>',
    "use of use": f'><defs><g id="a">{AT_ORIGIN}</g><use id="b" xlink:href="#a" x="50"/></defs>'
    '<use xlink:href="#b" x="50" y="100"/>',
    "use with a transform": f'><defs><g id="a">{AT_ORIGIN}</g></defs><use href="#a" transform="translate(100 100)"/>',
    "symbol": '><symbol id="s" viewBox="0 0 10 10"><rect width="10" height="10"/></symbol>'
    '<use href="#s" x="100" y="100" width="100" height="100"/>',
    "a symbol is clipped to its viewport": '><symbol id="s" viewBox="0 0 10 10"><rect width="99" height="99"/></symbol>'
    '<use href="#s" x="100" y="100" width="100" height="100"/>',
    "use of a nested svg": f'><defs><svg id="s" width="9" height="9">{AT_ORIGIN}</svg></defs>'
    '<use href="#s" x="100" y="100" width="100" height="100"/>',
    "nested svg": '><svg x="100" y="100" width="100" height="100" viewBox="0 0 10 10">'
    '<rect width="10" height="10"/></svg>',
    "nested svg in percent": '><svg x="25%" y="25%" width="25%" height="25%"><rect width="100%" height="100%"/></svg>',
    "nested svg, stretched": '><svg x="100" y="100" width="100" height="100" viewBox="0 0 10 20" '
    'preserveAspectRatio="none"><rect width="10" height="20"/></svg>',
    "nested svg, the middle of a wide one": '><svg x="50" y="100" width="200" height="100" viewBox="0 0 10 10">'
    '<rect width="10" height="10"/></svg>',
    "nested svg, the right of a wide one": '><svg y="100" width="200" height="100" viewBox="0 0 10 10" '
    'preserveAspectRatio="xMaxYMin meet"><rect width="10" height="10"/></svg>',
    "nested svg, sliced": '><svg x="100" y="100" width="100" height="100" viewBox="0 0 10 20" '
    'preserveAspectRatio="xMidYMid slice"><rect width="10" height="20"/></svg>',
    "a style's transform": '><rect width="100" height="100" style="transform: translate(100px,100px)"/>',
    "a style's transforms": '><rect width="50" height="50" style="transform: translateX(100px) translateY(100px)'
    ' scale(2)"/>',
    "a style overrides an attribute": '><rect width="100" height="100" transform="scale(3)" '
    'style="transform:translate(100px , 100px)"/>',
    "a turn around an origin": '><rect width="100" height="100" transform="rotate(180)" transform-origin="100 100"/>'
    '<g transform="translate(900 0)"/>',
    "rotate in turns": '><rect x="-200" y="-200" width="100" height="100" style="transform: rotate(0.5turn)"/>',
    "skew": '><polygon points="100,0 200,0 200,100 100,100" transform="skewY(45) skewY(-45) translate(0 100)"/>',
    "geometry in a style": '><rect style="x:100px;y:100px;width:100px;height:100px"/>',
    "geometry in a style sheet": '><style>.t {x:100px; y:100px}</style><rect class="t" width="100" height="100"/>',
    "a path in a style": """><path style='d:path("M100 100h100v100h-100z")'/>""",
    "millimetres": '><rect x="26.458333mm" y="75pt" width="1.0416667in" height="6.25pc"/>',
    "percentages": '><rect x="25%" y="25%" width="25%" height="25%"/>',
    "a percentage of a viewBox": ' viewBox="0 0 40 40"><rect x="25%" y="10" width="10" height="25%"/>',
    "width and height of the slide": f' width="400" height="400px">{RECT}',
    "width and height in percent": f' width="100%" height="100%">{RECT}',
    "a viewBox and a thumbnail's size": f' width="100" height="100" viewBox="0 0 400 400">{RECT}',
    "a viewBox that is stretched": ' viewBox="0 0 40 80" preserveAspectRatio="none">'
    '<rect x="10" y="20" width="10" height="20"/>',
    "a viewBox in the middle of a square": ' width="400" height="400" viewBox="0 100 400 200">'
    '<rect x="100" y="100" width="100" height="100"/>',
    "nonzero, inherited": '><g fill-rule="nonzero"><path d="M100 100h100v100h-100zM125 125h50v50h-50z"/></g>',
    "nonzero from a style sheet": "><style>path{fill-rule:nonzero}</style>"
    '<path d="M100 100h100v100h-100zM125 125h50v50h-50z"/>',
    "hidden, but its child is not": f'><g visibility="hidden"><g visibility="visible">{RECT}</g>'
    '<rect width="50" height="50"/></g>',
    "hidden by a class": f'><style type="text/css"><![CDATA[ .st0{{display:none;}} .st1{{fill:none}} ]]></style>{RECT}'
    '<g class="st1 st0"><rect width="50" height="50"/></g>',
    "hidden by an id": f'><style>/* a */ #h, .x {{ display : none }}</style>{RECT}<rect id="h" width="50"'
    f' height="50"/>',
    "hidden by an element's name": f'><style>circle{{display:none}}</style>{RECT}<circle r="50"/>',
    "hidden by an ancestor after a parent that is no child": f"><style>.a > .b .c{{display:none}}</style>{RECT}"
    '<g class="a"><g class="b"><g class="b"><rect class="c" width="50" height="50"/></g></g></g>',
    "not hidden where the parent is another": '><style>.a > rect{display:none}</style><g class="a"><g>'
    '<rect x="100" y="100" width="100" height="100"/></g></g>',
    "hidden by a parent's class": f"><style>.a > g .b{{display:none}}</style>{RECT}"
    '<g class="a"><g><g><rect class="b" width="50" height="50"/></g></g></g>',
    "shown again by a style": '><style>rect{display:none}</style><rect x="100" y="100" width="100" height="100" '
    'style="display:inline"/>',
    "hidden by what is important": f"><style>.b{{display:none !important}}</style>{RECT}"
    '<rect class="b" style="display:inline" width="50" height="50"/>',
    "the more specific selector": "><style>#i{display:inline} rect.c{display:none}</style>"
    '<rect id="i" class="c" x="100" y="100" width="100" height="100"/>',
    "a clip path": f'><clipPath id="c">{RECT}</clipPath><g clip-path="url(#c)"><rect width="400" height="400"/></g>',
    "a clip path in a style": f'><clipPath id="c">{RECT}</clipPath>'
    f'<rect style="clip-path:url(\'#c\')" width="400" height="400"/>',
    "a clip path that moves with its element": f'><clipPath id="c">{AT_ORIGIN}</clipPath>'
    '<g transform="translate(100 100)"><rect clip-path="url(#c)" width="200" height="200"/></g>',
    "a clip path with a transform": f'><clipPath id="c" transform="translate(100 100)">{AT_ORIGIN}</clipPath>'
    '<rect clip-path="url(#c)" width="400" height="400"/>',
    "a clip path of use": '><defs><g><rect id="a" width="100" height="100"/></g></defs><clipPath id="c">'
    '<use href="#a" x="100" y="100"/></clipPath><rect clip-path="url(#c)" width="400" height="400"/>',
    "a clip path in fractions of the box": '><clipPath id="c" clipPathUnits="objectBoundingBox">'
    '<rect width="0.5" height="0.5"/></clipPath><rect x="100" y="100" width="200" height="200" clip-path="url(#c)"/>',
    "a clip path that is clipped": '><clipPath id="d"><rect x="100" width="300" height="400"/></clipPath>'
    '<clipPath id="c" clip-path="url(#d)"><rect y="100" width="200" height="100"/></clipPath>'
    '<rect clip-path="url(#c)" width="400" height="400"/>',
    "two clip paths": '><clipPath id="d"><rect x="100" width="100" height="400"/></clipPath><clipPath id="c">'
    '<rect y="100" width="400" height="100"/></clipPath><g clip-path="url(#d)"><g clip-path="url(#c)">'
    '<rect width="400" height="400"/></g></g>',
    "switch": f'><switch><foreignObject requiredExtensions="http://ns.adobe.com/AdobeIllustrator/10.0/"/><g>{RECT}</g>'
    "<rect/></switch>",
    "what Inkscape and Illustrator add": f"><metadata><x:a/></metadata><x:namedview/>{RECT}"
    '<defs><linearGradient id="l"/><pattern id="p"><rect width="9" height="9"/></pattern><marker id="m">'
    f'<path d="M0 0h9v9z"/></marker></defs><text x="9" y="9">tumour <tspan>1</tspan></text>',
    "markers draw no area": '><polyline points="100,100 200,100 200,200 100,200" marker-start="url(#m)"/>',
    "an image behind the outlines": f'><image href="slide.png" width="400" height="400"/>{RECT}',
    "fill-opacity is a colour": '><rect x="100" y="100" width="100" height="100" fill-opacity="0" opacity=".4"/>',
    "a link around it": f'><a href="https://example.org">{RECT}</a>',
    "colours that change": f'><g>{RECT.replace("/>", ">")}<animate attributeName="stroke" values="a;b"/></rect></g>',
}


@pytest.mark.parametrize("name", SQUARES)
def test_a_supported_feature_is_drawn_as_a_renderer_draws_it(tmp_path: Path, name: str) -> None:
    found = mask(tmp_path, SQUARES[name])
    expected = np.zeros((SIDE, SIDE), bool)
    expected[100:200, 100:200] = True
    assert (found == expected).all(), (found.sum(), np.argwhere(found)[:1])


AREAS = {
    "a rounded rectangle": ('><rect width="200" height="100" rx="50"/>', 200 * 100 - (4 - np.pi) * 2500),
    "ry alone": ('><rect width="200" height="100" ry="50"/>', 200 * 100 - (4 - np.pi) * 2500),
    "radii above the half": ('><rect width="200" height="100" rx="500" ry="20"/>', 200 * 100 - (4 - np.pi) * 100 * 20),
    "a circle": ('><circle cx="200" cy="200" r="100"/>', np.pi * 10_000),
    "a circle ignores rx": ('><circle cx="200" cy="200" r="100" rx="10"/>', np.pi * 10_000),
    "a radius in percent": ('><circle cx="50%" cy="50%" r="25%"/>', np.pi * 10_000),
    "an ellipse with one radius": ('><ellipse cx="200" cy="200" rx="100"/>', np.pi * 10_000),
    "evenodd where it crosses itself": (
        '><path fill-rule="evenodd" d="M0 0h100v100h-100zh100v50h-100z"/>',
        100 * 50,
    ),
    "evenodd, inherited": ('><g style="fill-rule:evenodd"><path d="M0 0h100v100h-100zh100v50h-100z"/></g>', 100 * 50),
    "clip-rule evenodd": (
        '><clipPath id="c"><path clip-rule="evenodd" d="M0 0h100v100h-100zM0 0h100v50h-100z"/></clipPath>'
        '<rect width="400" height="400" clip-path="url(#c)"/>',
        100 * 50,
    ),
    "fill-rule does not decide in a clip path": (
        '><clipPath id="c"><path fill-rule="evenodd" d="M0 0h100v100h-100zM0 0h100v50h-100z"/></clipPath>'
        '<rect width="400" height="400" clip-path="url(#c)"/>',
        100 * 100,
    ),
    "a clip path without shapes shows nothing": (f'><clipPath id="c"/><g clip-path="url(#c)">{RECT}</g>', 0),
    "scaled to nothing": (f'><g transform="scale(0)">{RECT}</g>', 0),
    "display none": (f'><g style="display:none">{RECT}</g>', 0),
    "collapsed": (f'><g visibility="collapse">{RECT}</g>', 0),
    "a symbol alone": (f'><symbol id="s">{RECT}</symbol>', 0),
    "text alone": ('><text x="99" y="99">no cancer</text>', 0),
    "a hidden line": ('><line x1="0" y1="0" x2="100" y2="100" visibility="hidden"/>', 0),
    "a rectangle without a height": ('><rect width="100"/>', 0),
    "an extension that is required": (f'><g requiredExtensions="urn:x">{RECT}</g>', 0),
    "overflow is shown": (f'><svg width="10" height="10" overflow="visible">{RECT}</svg>', 10_000),
    "overflow is hidden": (f'><svg width="150" height="150">{RECT}</svg>', 2_500),
    "an arc with flags run together": ('><path d="M100 200a100 100 0 11200 0a100 100 0 11-200 0z"/>', np.pi * 10_000),
    "an arc whose radii are too small": ('><path d="M100 200A1 1 0 0 1 300 200A1 1 0 0 1 100 200"/>', np.pi * 10_000),
    "a large circle is round": ('><circle cx="200" cy="200" r="200"/>', np.pi * 40_000),
}


@pytest.mark.parametrize("name", AREAS)
def test_a_supported_feature_has_the_area_of_a_renderer(tmp_path: Path, name: str) -> None:
    text, area = AREAS[name]
    assert mask(tmp_path, text).sum() == pytest.approx(area, rel=0.003)


REFUSED = {
    "a thumbnail's size without a viewBox": (f' width="100" height="100">{RECT}', "without a viewBox"),
    "another width": (f' width="800">{RECT}', "without a viewBox"),
    "a page in millimetres": (f' width="210mm" height="297mm">{RECT}', "without a viewBox"),
    "a viewBox of another shape": (f' viewBox="0 0 400 300">{RECT}', "aspect ratios differ"),
    "a viewBox of three numbers": (f' viewBox="0 0 400">{RECT}', "viewBox"),
    "a viewBox without area": (f' viewBox="0 0 400 0">{RECT}', "viewBox"),
    "a viewBox in percent": (f' viewBox="0 0 100% 100%">{RECT}', "not a number"),
    "an aspect ratio of nonsense": (
        f' viewBox="0 0 200 100" preserveAspectRatio="middle">{RECT}',
        "preserveAspectRatio",
    ),
    "a whole drawing that is moved": (f' transform="translate(9)">{RECT}', "whole drawing"),
    "use of another file": ('><use href="other.svg#a"/>', "another file"),
    "use of nothing": ('><use href="#a"/>', "0 elements have the id"),
    "use without a reference": ("><use/>", "without a reference"),
    "an id twice": ('><g id="a"/><g id="a"/><use href="#a"/>', "2 elements have the id"),
    "use of itself": ('><g id="a"><use href="#a"/></g>', "shows itself"),
    "use in a circle": ('><g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>', "shows itself"),
    "a mask": (f'><mask id="m">{RECT}</mask><g mask="url(#m)">{RECT}</g>', "mask"),
    "a filter": (f'><g style="filter:url(#f)">{RECT}</g>', "filter"),
    "a clip path of a basic shape": (f'><g style="clip-path:circle(50px)">{RECT}</g>', "clip-path"),
    "a clip path that is missing": (f'><g clip-path="url(#c)">{RECT}</g>', "0 elements"),
    "a clip path of another file": (f'><g clip-path="url(a.svg#c)">{RECT}</g>', "clip-path"),
    "a clip path that is none": (f'><g id="c"/><g clip-path="url(#c)">{RECT}</g>', "not a clipPath"),
    "a clip path that clips itself": (
        f'><clipPath id="c" clip-path="url(#c)">{RECT}</clipPath><g clip-path="url(#c)">{RECT}</g>',
        "clips itself",
    ),
    "a clip path of text": (
        f'><clipPath id="c"><text>a</text></clipPath><g clip-path="url(#c)">{RECT}</g>',
        "clipPath",
    ),
    "opacity 0": (f'><g opacity="0">{RECT}</g>', "opacity"),
    "opacity 0% by a class": (f'><style>.a{{opacity:0%}}</style><g class="a">{RECT}</g>', "opacity"),
    "opacity of nonsense": (f'><g opacity="much">{RECT}</g>', "opacity"),
    "lines": ('><line x1="0" y1="0" x2="9" y2="9"/>', "<line>"),
    "an outline in pieces": ('><path d="M0 0L100 0M100 0L100 100M100 100L0 0"/>', "two points"),
    "an outline of short polylines": (
        '><polyline points="0,0 9,0"/><polyline points="9,0 9,9"/><polyline points="9,9 0,0"/>',
        "two points",
    ),
    "an image alone": ('><image href="data:image/png;base64,AAAA" width="400" height="400"/>', "image"),
    "foreignObject": ("><foreignObject><p>a</p></foreignObject>", "foreignObject"),
    "a script": ("><script>draw()</script>", "script"),
    "an unknown element": ("><mesh/>", "<mesh>"),
    "a polygon of another namespace": ('><x:polygon points="0,0 9,0 9,9"/>', "namespace"),
    "a language": (f'><switch><g systemLanguage="en">{RECT}</g></switch>', "systemLanguage"),
    "an animated transform": (f'><g><animateTransform attributeName="transform"/>{RECT}</g>', "animateTransform"),
    "an animated width": (
        '><rect width="9" height="9"><set attributeName="width" to="99"/></rect><g><set/></g>',
        "set",
    ),
    "a media rule": (f"><style>@media print {{ rect {{ display: none }} }}</style>{RECT}", "@media"),
    "an imported style sheet": (f"><style>@import url(a.css);</style>{RECT}", "@import"),
    "a style sheet for print": (f'><style media="print">rect{{display:none}}</style>{RECT}', "media"),
    "a selector that is not supported": (f"><style>rect:nth-child(2){{display:none}}</style>{RECT}", "selector"),
    "a selector of an attribute": (f"><style>[id]{{visibility:hidden}}</style>{RECT}", "selector"),
    "a style sheet that breaks off": (f"><style>rect{{display:none; .a{{x:1px}}</style>{RECT}", "style sheet"),
    "a variable": (f"><style>rect{{x:var(--a)}}</style>{RECT}", "not a length"),
    "calc": ('><rect style="width:calc(1px + 9px)" height="9"/>', "not a length"),
    "a style's length without a unit": ('><rect style="width:100;height:100px"/>', "not a supported length"),
    "a length in em": ('><rect width="10em" height="9"/>', "not a supported length"),
    "a negative width": ('><rect width="-10" height="9"/>', "below 0"),
    "a translate property": (f'><g style="translate:9px">{RECT}</g>', "translate"),
    "a transform in three dimensions": (f'><g style="transform:translate3d(1px,1px,1px)">{RECT}</g>', "transform"),
    "a transform in percent": (f'><g style="transform:translate(50%)">{RECT}</g>', "translate"),
    "a transform of too many numbers": (f'><g transform="scale(1 2 3)">{RECT}</g>', "scale with 3"),
    "an origin in words": (f'><g transform="scale(2)" transform-origin="left top">{RECT}</g>', "not a length"),
    "an animation": (f'><g style="animation:move 3s">{RECT}</g>', "animation"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_feature_that_is_not_supported_is_refused_with_its_name(tmp_path: Path, name: str) -> None:
    text, reason = REFUSED[name]
    with pytest.raises(SampleError, match=r"a\.svg") as caught:
        mask(tmp_path, text)
    assert reason in str(caught.value)


def test_a_style_sheet_in_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    path.write_text('<?xml version="1.0"?><?xml-stylesheet href="a.css"?><svg xmlns="http://www.w3.org/2000/svg"/>')
    with pytest.raises(SampleError, match="style sheet in another file"):
        read_svg(path, SIDE, SIDE)


# Time and memory


@pytest.mark.parametrize(
    "text",
    [
        f'><polygon points="{"1" * 20_000}x"/>',
        f'><path d="M{"1" * 20_000}x"/>',
        f'><path d="M 1 1{" " * 20_000}x"/>',
        f'><rect transform="translate({"1" * 20_000}x)"/>',
        f'><g transform="{" " * 20_000}x"/>',
        f'><rect width="{"1" * 20_000}x" height="9"/>',
        f' viewBox="{"1" * 20_000}x">',
        f'><g style="{"a:" * 20_000}"/>',
        f"><style>{'/*' * 20_000}</style>",
        f"><style>{'a' * 20_000}:x{{display:none}}</style>",
        "".join(f'><g id="a{i}"><use href="#a{i + 1}"/><use href="#a{i + 1}"/></g' for i in range(30))
        + '><g id="a30"/>',
        ">" + "<g>" * 300 + "</g>" * 300,
        ">" + "<g>" * 300_000 + "</g>" * 300_000,
        "><style>.z " + "g " * 60 + "{display:none}</style>" + "<g>" * 190 + "</g>" * 190,
        "".join(f"><style>.a{i} g{{display:none}}</style><g" for i in range(2_000)) + "/>",
        '><polygon points="' + "0,0 400,400 " * 300_000 + '"/>',
        ">" + "".join('<rect width="400" height="400"/>' for _ in range(40_000)),
    ],
)
@pytest.mark.timeout(60)
def test_hostile_files_end_soon(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit_plugins.pathology_segmentation.svg.walk.MOST_ELEMENTS", 20_000)
    try:
        mask(tmp_path, text)
    except SampleError as error:
        assert "a.svg" in str(error)
