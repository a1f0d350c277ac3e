from tests.cpu.conftest import onednn, said

__all__ = ["onednn", "said"]
