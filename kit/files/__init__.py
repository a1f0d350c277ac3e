"""Files: written atomically, hashed, found among other files, unpacked with checks; and the folders that the kit uses.

Plugins may import every name of this package.
"""

from kit.files.archives import ARCHIVES, unpack, unpacked, unzip
from kit.files.data_files import data_files, find_file, named_files, original_name
from kit.files.hashing import sha256
from kit.files.json_files import json_safe, read_json, write_json
from kit.files.locations import answers_dir, cache_dir, submissions_dir
from kit.files.part_folders import PartNames, files_below, part_folder, refuse_packed
from kit.files.regular_files import is_path, require_regular
from kit.files.system_files import is_system_file
from kit.files.writing import atomic, new_folder, write_bytes, write_text

__all__ = [
    "ARCHIVES",
    "PartNames",
    "answers_dir",
    "atomic",
    "cache_dir",
    "data_files",
    "files_below",
    "find_file",
    "is_path",
    "is_system_file",
    "json_safe",
    "named_files",
    "new_folder",
    "original_name",
    "part_folder",
    "read_json",
    "refuse_packed",
    "require_regular",
    "sha256",
    "submissions_dir",
    "unpack",
    "unpacked",
    "unzip",
    "write_bytes",
    "write_json",
    "write_text",
]
