"""CT volumes: files, voxel geometry, resampling, the lung mask and nodule candidates."""
