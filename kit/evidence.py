from kit.report.evidence import *  # noqa
