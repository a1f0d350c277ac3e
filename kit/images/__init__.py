"""Image files: the header is read first, damage that a decoder or a checksum reports is an error, pixels come upright.

Plugins may import every name of this package.
"""

from kit.images.decoding import LARGEST, decode_image, read_image
from kit.images.header import IMAGES, ImageHeader, read_header
from kit.images.integrity import check_image

__all__ = ["IMAGES", "LARGEST", "ImageHeader", "check_image", "decode_image", "read_header", "read_image"]
