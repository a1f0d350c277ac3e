"""LUNA16: find lung nodules in CT scans."""
