"""Drawn CT scans: a thorax with nodules, findings that readers disagree on, and look-alikes."""
