"""The leaderboard as a local web page that only reads: boards, the contest's scores, reports, runs in progress."""
