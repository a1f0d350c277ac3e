from kit.score.rows import *  # noqa
