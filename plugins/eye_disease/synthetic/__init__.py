"""Generated fundus photographs."""
