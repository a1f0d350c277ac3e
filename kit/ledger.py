from kit.leaderboard.ledger import *  # noqa
